// Answers that take more than handing bytes over: in pieces, compressed, of another length than announced, cut.
#pragma once

#include "mock/faults.hpp"
#include "mock/message.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::mock {

/// True if send_broken is needed for it.
[[nodiscard]] bool is_broken(const fault_plan& plan);
/// Streams it. When it returns without having finished the answer, that was the plan, or the client had left.
proxy::asio::awaitable<void> send_broken(proxy::exchange& client, response answer, const fault_plan& plan);

/// False if the wait was cut short: the session is being closed.
proxy::asio::awaitable<bool> pause(duration time);

}  // namespace sidecache::mock
