// An exception that reached the end of a coroutine or a thread, as a line of the log.
#pragma once

#include <exception>
#include <string_view>

namespace sidecache {

/// `what` happened by it: "a handler failed". `failure` is not null.
void log_failure(const std::exception_ptr& failure, std::string_view what);

}  // namespace sidecache
