// Waiting for a flight, in a coroutine: until it ends, until a time, or until the wait is cancelled.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>

#include "base/alarms.hpp"
#include "proxy/core.hpp"

namespace sidecache::proxy {

/// What came of it.
struct awaited {
  std::optional<landing_ptr> landed;  ///< none: the flight ended empty-handed, or the wait did before it
  bool late = false;                  ///< the time came first
};

/// Waits until the flight ends, or `until`. The continuation runs on the waiting coroutine's own thread, which is that
/// of `clocks`; it is resumed empty-handed when it is cancelled: an aborted session must not outlast the shutdown's
/// grace because the control plane stalls.
[[nodiscard]] asio::awaitable<awaited> wait_for(record_flights::flight_ptr flight, alarms& clocks,
                                                std::optional<mono_time> until);

}  // namespace sidecache::proxy
