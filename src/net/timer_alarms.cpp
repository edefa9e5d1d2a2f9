#include "net/timer_alarms.hpp"

#include <boost/asio/steady_timer.hpp>

namespace sidecache::net {
namespace {

class timer_alarm final : public alarm {
 public:
  timer_alarm(boost::asio::io_context& context, mono_time when, std::function<void()> ring)
      : ring_(std::make_shared<std::function<void()>>(std::move(ring))), timer_(context, when) {
    // A timer that has expired can't be cancelled any more: what it would call must be gone.
    timer_.async_wait([weak = std::weak_ptr(ring_)](const boost::system::error_code& cancelled) {
      const auto still = weak.lock();
      if (still && !cancelled) (*still)();
    });
  }

 private:
  std::shared_ptr<std::function<void()>> ring_;
  boost::asio::steady_timer timer_;
};

}  // namespace

std::unique_ptr<alarm> timer_alarms::set(mono_time when, std::function<void()> ring) {
  return std::make_unique<timer_alarm>(context_, when, std::move(ring));
}

}  // namespace sidecache::net
