// What single values can't say: whether the settings fit each other and this machine. Reads files, binds nothing.
#pragma once

#include <span>
#include <vector>

#include "config/candidate.hpp"
#include "config/config_error.hpp"

namespace sidecache::config {

/// `planes`: at least one. What is the process's is taken from the first.
void cross_check(std::span<const candidate> planes, std::vector<config_error>& errors);

}  // namespace sidecache::config
