// The control plane with a door in front: no more lookups at once than it can take, the rest in a short and fair line.
//
// Theory of operation: every fetch() first asks the recovery's pace (recovery_pace.hpp), then takes a place or waits
// for one (gate.hpp), then asks the origin behind. How long that took moves the limit on places, if it is adaptive
// (gradient_limit.hpp). Who is refused gets failure_kind::overloaded, unsent, so that a stale entry or a 503 with
// Retry-After is the answer (in an outage, when the places are taken by what is never answered, failure_kind::avoided,
// so that what must be revalidated is served as well); whose deadline passes in line, a timeout. relay() goes straight
// through: the origin's own places are for that. So does what is to be asked for once (sync).
//
// A place is held by an object in the coroutine's frame and a waiter is one: a frame that is destroyed, for whatever
// reason, leaves neither behind. Frames may be destroyed after the admission (with their context), but don't run on.
// Threads: one worker's, with the executor that its coroutines run on; figures may be read from any thread. What the
// constructor is given outlives it; the pace is shared by all workers.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <cstdint>
#include <memory>

#include "base/alarms.hpp"
#include "base/clock.hpp"
#include "proxy/observer.hpp"
#include "proxy/origin.hpp"
#include "resilience/recovery_pace.hpp"

namespace sidecache::resilience {

namespace asio = boost::asio;

struct admission_settings {
  std::size_t places = 64;  ///< at once; adaptive: at most
  std::size_t max_pending = 1024;
  duration timeout = std::chrono::seconds{30};  ///< of a fetch, waiting included, if its own deadline is not sooner
  bool adaptive = true;
};

/// The least that an adaptive limit falls to.
constexpr std::size_t least_places = 4;

class admission final : public proxy::origin {
 public:
  /// What an admission works with.
  struct means {
    asio::any_io_executor executor;
    const clock& time;
    sidecache::alarms& alarms;
    recovery_pace& pace;
    proxy::observer& observer;  ///< told of each that is refused, or waited in vain, as of an attempt
  };

  admission(proxy::origin& behind, const admission_settings& settings, const means& with);
  admission(const admission&) = delete;
  admission& operator=(const admission&) = delete;
  ~admission() override;

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t max_body_bytes) override;
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request request, proxy::body_source& body,
                                                             proxy::answer_sink& sink) override;

  /// Of whom need not wait.
  std::unique_ptr<proxy::begun_fetch> begin_fetch(const proxy::ready_request& request, std::uint64_t max_body_bytes,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override;
  std::unique_ptr<proxy::begun_relay> begin_relay(const proxy::ready_request& request,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override {
    return behind_.begin_relay(request, told);
  }

  /// As they were a moment ago, from any thread.
  [[nodiscard]] std::size_t waiting() const;
  [[nodiscard]] std::size_t limit() const;
  [[nodiscard]] std::uint64_t shed(proxy::urgency how) const;

 private:
  class door;
  class place;
  class waiting_one;
  class begun_fetch;
  using fetched = std::expected<proxy::upstream_answer, proxy::failure>;

  /// Waits for a place if it must.
  asio::awaitable<std::expected<place, proxy::failure>> enter(const proxy::upstream_request& request);
  /// Whoever held a place since then got this.
  void served(const fetched& came, mono_time since);
  proxy::failure refused(const proxy::upstream_request& request, const char* why);

  proxy::origin& behind_;
  duration timeout_;
  means with_;
  std::shared_ptr<door> door_;
};

}  // namespace sidecache::resilience
