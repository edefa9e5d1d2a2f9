// Two fetches of the same that run at a time, for resilient_origin: what came of each, and how to stop it.
//
// Shared by the coroutine that waits and the fetches, one thread's all of them. A fetch that is not needed any more is
// cancelled, which closes its connection; nobody waits for that.
#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <expected>
#include <memory>
#include <optional>

#include "proxy/origin.hpp"
#include "resilience/waiting.hpp"

namespace sidecache::resilience {

struct hedge {
  using fetched = std::expected<proxy::upstream_answer, proxy::failure>;

  struct runner {
    bool begun = false;
    bool started = false;  ///< its coroutine runs
    std::optional<fetched> came;
    asio::cancellation_signal stop;
  };
  std::array<runner, 2> runners;
  waiting::wake_up news;
  bool over = false;

  /// An answer that is not worth repeating has come, or all have ended.
  [[nodiscard]] bool decided() const { return winner().has_value() || !running(); }
  [[nodiscard]] bool running() const;
  [[nodiscard]] std::optional<std::size_t> winner() const;
  /// Once decided, and once: the winner's, else an answer rather than a failure. Stops the other.
  [[nodiscard]] fetched take();

  static void begin(const std::shared_ptr<hedge>& race, std::size_t number, const asio::any_io_executor& on,
                    asio::awaitable<fetched> fetch);

 private:
  static asio::awaitable<fetched> run(std::shared_ptr<hedge> race, std::size_t number, asio::awaitable<fetched> fetch);
};

}  // namespace sidecache::resilience
