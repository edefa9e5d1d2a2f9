// Answers that take more than handing bytes over: in pieces, compressed, of another length than announced, cut.
#pragma once

#include <cstdint>
#include <functional>

#include "mock/faults.hpp"
#include "mock/message.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::mock {

/// True if send_broken is needed for it.
[[nodiscard]] bool is_broken(const fault_plan& plan);
enum class delivery : std::uint8_t {
  as_planned,           ///< an answer that was not finished was not to be
  left_before_the_end,  ///< the client was gone before `at_the_end` was called
  left_at_the_end,      ///< after that
};
/// Streams it. `at_the_end` is called before the last bytes go out, or before what is not finished is left so: before
/// the client can know.
proxy::asio::awaitable<delivery> send_broken(proxy::exchange& client, response answer, const fault_plan& plan,
                                             const std::function<void()>& at_the_end);

/// False if the wait was cut short: the session is being closed.
proxy::asio::awaitable<bool> pause(duration time);

}  // namespace sidecache::mock
