// The subcommands that ask a sidecache that runs already: health, purge, coverage, shadow-report, drill.
#pragma once

#include <memory>
#include <vector>

#include "app/command.hpp"

namespace sidecache::app {

void add_asking_commands(CLI::App& root, std::vector<std::unique_ptr<command>>& to);

}  // namespace sidecache::app
