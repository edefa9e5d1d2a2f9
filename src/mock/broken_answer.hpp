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

/// Has the connection closed with no answer that could be taken for one. A session answers for a handler that gives no
/// answer at all, so the head of one goes out; its body never comes.
proxy::asio::awaitable<void> break_off(proxy::exchange& client);

/// False if the wait was cut short: the session is being closed.
proxy::asio::awaitable<bool> pause(duration time);

}  // namespace sidecache::mock
