#include "net/connect_race.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <exception>

#include "base/asio/as_result.hpp"

namespace sidecache::net {

std::vector<asio::ip::tcp::endpoint> interleaved(const std::vector<asio::ip::tcp::endpoint>& addresses) {
  if (addresses.empty()) return {};
  const bool first_is_v6 = addresses.front().address().is_v6();
  std::deque<asio::ip::tcp::endpoint> same;
  std::deque<asio::ip::tcp::endpoint> other;
  for (const auto& each : addresses) (each.address().is_v6() == first_is_v6 ? same : other).push_back(each);
  std::vector<asio::ip::tcp::endpoint> mixed;
  while (!same.empty() || !other.empty())
    for (auto* from : {&same, &other}) {
      if (from->empty()) continue;
      mixed.push_back(from->front());
      from->pop_front();
    }
  return mixed;
}

race_plan::step race_plan::next(mono_time now) const {
  if (left_ > 0 && (running_ == 0 || now >= last_begun_ + head_start)) return step::begin_next;
  return running_ > 0 ? step::wait : step::lost;
}

/// One that runs. Its attempt owns it.
struct connect_race::racer {
  connection_ptr connection;
  asio::ip::tcp::endpoint to;
};

/// Shared by run() and its attempts, which may end later.
struct connect_race::state {
  state(asio::io_context& context, std::size_t addresses) : plan(addresses), changed(context) {}

  race_plan plan;
  asio::steady_timer changed;
  std::vector<std::weak_ptr<racer>> racers;
  result won;
  bool over = false;
};

/// However run() ends: who still runs is stopped.
struct connect_race::end_of_race {
  state& race;

  explicit end_of_race(state& of) : race(of) {}
  end_of_race(const end_of_race&) = delete;
  end_of_race& operator=(const end_of_race&) = delete;
  ~end_of_race() {
    race.over = true;
    for (const auto& each : race.racers)
      if (const auto still = each.lock(); still && still->connection) still->connection->close();
  }
};

asio::awaitable<void> connect_race::attempt(std::shared_ptr<state> race, std::shared_ptr<racer> one) {
  const auto error = co_await one->connection->connect(one->to);
  if (race->over) co_return;
  if (error) {
    race->won.error = error;
    race->plan.failed();
  } else if (!race->won.connection) {
    race->won.connection = std::move(one->connection);
    race->won.to = one->to;
  }
  race->changed.cancel();
}

asio::awaitable<connect_race::result> connect_race::run(std::vector<asio::ip::tcp::endpoint> addresses,
                                                        mono_time deadline) {
  const auto race = std::make_shared<state>(context_, addresses.size());
  const end_of_race ending(*race);
  for (auto next = addresses.begin(); !race->won.connection;) {
    const auto now = std::chrono::steady_clock::now();
    const auto step = race->plan.next(now);
    if (step == race_plan::step::lost) break;
    if (step == race_plan::step::begin_next) {
      if (now >= deadline) break;
      const auto one = std::make_shared<racer>(make_(), *next++);
      race->racers.push_back(one);
      race->plan.begun(now);
      asio::co_spawn(context_, attempt(race, one), [](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
      continue;
    }
    race->changed.expires_at(race->plan.wait_until());
    co_await race->changed.async_wait(as_result);
  }
  co_return std::move(race->won);
}

}  // namespace sidecache::net
