// Whether the addresses fit each other: of planes, which may share one where their prefixes part them, of metrics and
// admin pages, and of the control planes, which are none of ours. Pure.
#pragma once

#include <span>
#include <vector>

#include "config/candidate.hpp"

namespace sidecache::config {

/// `planes`: at least one. What is the process's is taken from the first.
void check_listening(std::span<const candidate> planes, std::vector<config_error>& errors);

}  // namespace sidecache::config
