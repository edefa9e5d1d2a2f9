#include "net/upstream_pool.hpp"

#include <algorithm>

#include "base/asio/as_result.hpp"

namespace sidecache::net {

std::optional<upstream_pool::lease> upstream_pool::try_acquire() {
  auto kept = take_idle();
  // With none kept, the leases are all the connections there are.
  if (!kept && leases_ >= limits_.max_connections) return std::nullopt;
  ++leases_;
  return lease(shared_from_this(), std::move(kept));
}

asio::awaitable<std::expected<upstream_pool::lease, proxy::failure>> upstream_pool::acquire(mono_time deadline) {
  if (auto at_once = try_acquire()) co_return std::move(*at_once);
  if (waiting_.size() >= limits_.max_pending)
    co_return std::unexpected(proxy::failure{proxy::failure_kind::overloaded, false,
                                             "all connections are busy and the line for them is full"});
  waiter self(*context_);
  self.timer.expires_at(deadline);
  waiting_.push_back(self);
  co_await self.timer.async_wait(as_result);
  if (!self.granted)
    co_return std::unexpected(proxy::failure{proxy::failure_kind::timeout, false, "no connection became free in time"});
  if (auto* kept = self.granted->connection(); kept && !kept->is_quiet()) self.granted->drop_connection();
  co_return std::move(*self.granted);
}

void upstream_pool::shut_down() {
  shut_down_ = true;
  idle_.clear();
}

std::unique_ptr<upstream_connection> upstream_pool::take_idle() {
  while (!idle_.empty()) {
    auto newest = std::move(idle_.back());
    idle_.pop_back();
    if (newest->is_quiet()) return newest;
  }
  return nullptr;
}

void upstream_pool::take_back(std::unique_ptr<upstream_connection> kept) {
  if (!waiting_.empty()) {
    waiter& first = waiting_.front();
    first.unlink();
    first.granted.emplace(shared_from_this(), std::move(kept));  // the place passes on: leases_ stays
    first.timer.cancel();
    return;
  }
  --leases_;
  if (!kept || shut_down_) return;
  auto* connection = kept.get();
  idle_.push_back(std::move(kept));
  connection->rest(limits_.idle_timeout, [weak = weak_from_this(), connection] {
    if (const auto self = weak.lock()) self->drop_idle(connection);
  });
}

void upstream_pool::drop_idle(const upstream_connection* expired) {
  std::erase_if(idle_, [&](const auto& kept) { return kept.get() == expired; });
}

}  // namespace sidecache::net
