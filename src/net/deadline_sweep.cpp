#include "net/deadline_sweep.hpp"

namespace sidecache::net {

void deadline_sweep::item::arm(mono_time deadline) {
  deadline_ = deadline;
  if (is_linked()) return;
  owner_->armed_.push_back(*this);
  owner_->start_ticking();
}

deadline_sweep::deadline_sweep(asio::io_context& context, duration tick) : timer_(context), tick_(tick) {}

void deadline_sweep::expire(mono_time now) {
  // Moved aside first: what is called may link and unlink as it likes, and what it arms anew waits for the next tick.
  list due;
  for (auto at = armed_.begin(); at != armed_.end();) {
    item& candidate = *at++;
    if (candidate.deadline_ > now) continue;
    candidate.unlink();
    due.push_back(candidate);
  }
  while (!due.empty()) {
    item& expired = due.front();
    expired.unlink();
    const auto call = expired.on_expire_;  // a copy: the call may destroy the item
    call();
  }
}

void deadline_sweep::start_ticking() {
  if (ticking_) return;
  ticking_ = true;
  timer_.expires_after(tick_);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;  // cancelled by the destructor: `this` is gone
    ticking_ = false;
    expire(std::chrono::steady_clock::now());
    if (!armed_.empty()) start_ticking();
  });
}

}  // namespace sidecache::net
