#include "resilience/hedge.hpp"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "resilience/retry_rules.hpp"

namespace sidecache::resilience {

bool hedge::running() const {
  return std::ranges::any_of(runners, [](const runner& each) { return each.begun && !each.came; });
}

std::optional<std::size_t> hedge::winner() const {
  for (std::size_t i = 0; i < runners.size(); ++i) {
    const auto& came = runners[i].came;
    if (came && *came && finding_of((*came)->head.status) != finding::failed) return i;
  }
  return std::nullopt;
}

hedge::fetched hedge::take() {
  const auto& first = runners[0].came;
  const auto& second = runners[1].came;
  const bool only_second_is_one = first && !first->has_value() && second && second->has_value();
  const std::size_t best = first && !only_second_is_one ? 0 : 1;
  auto& from = runners[winner().value_or(best)].came;
  fetched taken = from ? std::move(*from) : std::unexpected(proxy::failure{});
  over = true;
  // Asio 1.81: a coroutine that is cancelled before it has started throws past its completion handler.
  for (auto& each : runners)
    if (each.started && !each.came) each.stop.emit(asio::cancellation_type::terminal);
  return taken;
}

asio::awaitable<hedge::fetched> hedge::run(std::shared_ptr<hedge> race, std::size_t number,
                                           asio::awaitable<fetched> fetch) {
  if (race->over) co_return std::unexpected(proxy::failure{});
  race->runners[number].started = true;
  co_return co_await std::move(fetch);
}

void hedge::begin(const std::shared_ptr<hedge>& race, std::size_t number, const asio::any_io_executor& on,
                  asio::awaitable<fetched> fetch) {
  race->runners[number].begun = true;
  const auto ended = [race, number](const std::exception_ptr& failure, fetched came) {
    auto& into = race->runners[number].came;
    if (!failure) {
      into.emplace(std::move(came));
    } else {  // mostly because it was stopped
      into.emplace(std::unexpected(
          proxy::failure{.kind = proxy::failure_kind::reset, .sent = true, .detail = "ended by an exception"}));
    }
    race->news.now();
  };
  asio::co_spawn(on, run(race, number, std::move(fetch)),
                 asio::bind_cancellation_slot(race->runners[number].stop.slot(), ended));
}

}  // namespace sidecache::resilience
