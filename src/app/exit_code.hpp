// How the process ends, for scripts and supervisors (the names are sysexits.h's).
#pragma once

namespace sidecache::app {

enum exit_code : int {
  exit_ok = 0,         ///< also after a drain
  exit_unhealthy = 1,  ///< `health`: it does not answer, or not well
  exit_failed = 1,  ///< `purge`, `coverage`, `drill`, `shadow-report`: it does not answer, or refuses; `shadow-report`:
                    ///< nothing was compared; `replay`: a limit of it did not hold
  exit_usage = 64,  ///< EX_USAGE: command line or configuration
  exit_wrong = 65,  ///< EX_DATAERR: `shadow-report`: memory would have given a wrong answer
  exit_unavailable = 69,  ///< EX_UNAVAILABLE: `replay`'s target is unreachable
  exit_software = 70,     ///< EX_SOFTWARE: a bug
  exit_cannot_bind = 71,  ///< EX_OSERR: an address can't be bound
};

}  // namespace sidecache::app
