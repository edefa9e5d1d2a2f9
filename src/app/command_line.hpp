// The subcommands: serve, demo, mock, check, health, version.
#pragma once

namespace sidecache::app {

/// All of main(): parses, runs, and returns the exit code. Errors are on standard error, in full.
[[nodiscard]] int run(int argc, char** argv);

}  // namespace sidecache::app
