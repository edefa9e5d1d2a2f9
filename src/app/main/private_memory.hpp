// Provider keys are in this process's memory (promise 8): it leaves no picture of it behind, and shows it to nobody of
// its own user.
//
// The first thing that main() does, in a supervisor and in each of its workers too: exec() makes a process dumpable
// again. It is the program's and not the library's, for a program that embeds sidecache decides this for itself.
#pragma once

namespace sidecache::app {

/// From here on a crash writes no core, neither into a file nor to a program that collects them, and /proc/PID/mem,
/// environ, maps and fd can be read by root alone: containers of one pod often share a user. What /proc/PID/stat,
/// status, limits and cmdline say stays to be read, and this process goes on reading all of its own.
void keep_memory_private() noexcept;

}  // namespace sidecache::app
