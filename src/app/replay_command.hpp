// `sidecache replay`: its flags, and what they make of src/replay.
#pragma once

#include <memory>
#include <vector>

#include "app/command.hpp"

namespace sidecache::app {

void add_replay_command(CLI::App& root, std::vector<std::unique_ptr<command>>& to);

}  // namespace sidecache::app
