// `serve --supervise`: a process that holds the listening sockets and keeps a worker running behind them.
//
// It performs what `supervision` decides: starts workers, hears by a pipe that they are ready and by SIGCHLD that they
// ended, passes SIGTERM, SIGINT and SIGHUP on and, at SIGUSR2, has the worker replaced by one from the program's file
// as it is by then, with the configuration as it is by then. It reads no request, holds no record or credential and
// asks nobody anything, so there is little that could end it. If it is killed all the same, its workers see the end of
// their channel and end as by SIGTERM.
//
// Threads: the main thread waits for everything at one place; the log has its own. Signals are blocked from before that
// thread starts and read from a descriptor.
#pragma once

#include <string>
#include <vector>

#include "config/load.hpp"

namespace sidecache::app {

/// `arguments` are those that a worker is started with: this process's, without the program's name and --supervise.
/// Prints `listening: NAME WHERE` lines once the first worker answers. Returns the exit code. Throws as serve() does.
[[nodiscard]] int supervise(const config::loaded_settings& settings, std::vector<std::string> arguments);

}  // namespace sidecache::app
