#include "resilience/admission.hpp"

#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <optional>
#include <utility>

#include "base/asio/as_result.hpp"
#include "resilience/gate.hpp"
#include "resilience/gradient_limit.hpp"

namespace sidecache::resilience {
namespace {

using proxy::failure;
using proxy::failure_kind;

/// What came tells of the control plane.
enum class tells : std::uint8_t { well, ill, nothing };

tells told_by(const std::expected<proxy::upstream_answer, failure>& came) {
  if (came) {
    if (came->head.status == 429) return tells::nothing;  // of one credential
    return came->head.status < 500 ? tells::well : tells::ill;
  }
  if (came.error().kind == failure_kind::overloaded) return tells::nothing;
  return came.error().kind == failure_kind::too_large ? tells::well : tells::ill;
}

bool is_timeout(const std::expected<proxy::upstream_answer, failure>& came) {
  return !came && came.error().kind == failure_kind::timeout;
}

}  // namespace

/// A place that is held, given back when this ends.
class admission::place {
 public:
  explicit place(std::shared_ptr<door> of) : door_(std::move(of)) {}
  place(place&&) noexcept = default;
  place& operator=(place&&) = delete;
  place(const place&) = delete;
  place& operator=(const place&) = delete;
  ~place();

 private:
  std::shared_ptr<door> door_;  // null once moved from
};

/// In line, or just out of it.
class admission::waiting_one : public fair_queue::waiter {
 public:
  enum class end : std::uint8_t { none, let_in, pushed_out, too_late };

  explicit waiting_one(const proxy::upstream_request& request)
      : waiter(request.urgency, request.credential, request.deadline) {}

  asio::awaitable<end> come_to_an_end(asio::any_io_executor executor) {
    if (end_ != end::none) co_return end_;
    event_.emplace(executor, asio::steady_timer::time_point::max());
    co_await event_->async_wait(as_result);
    co_return end_;
  }
  void resume(end how) {
    end_ = how;
    if (event_) event_->cancel();
  }
  std::optional<place> granted;  // here, so that a frame that is destroyed before it runs on gives it back

 private:
  end end_ = end::none;
  std::optional<asio::steady_timer> event_;  // never expires: cancelling it is the event. Few have to wait at all
};

/// The gate, with what happens there performed.
class admission::door : public std::enable_shared_from_this<door> {
 public:
  door(const admission_settings& settings, const clock& time, alarms& by)
      : gate_(settings.places, settings.max_pending), time_(time), alarms_(by) {
    if (settings.adaptive) adaptive_.emplace(least_places, settings.places);
    publish();
  }

  [[nodiscard]] entrance arrive(waiting_one& who, mono_time now) {
    const auto came = gate_.arrive(who, now);
    if (came.pushed_out != nullptr) static_cast<waiting_one*>(came.pushed_out)->resume(waiting_one::end::pushed_out);
    if (came.what == entrance::enters) who.granted.emplace(shared_from_this());
    watch_deadlines();
    publish();
    return came.what;
  }

  [[nodiscard]] std::optional<place> enter_at_once() {
    if (!gate_.enter_at_once()) return std::nullopt;
    return place(shared_from_this());
  }

  void leave() {
    gate_.leave();
    let_in();
  }

  /// Whoever held a place got this, after so long.
  void served(const fetched& came, duration took) {
    gate_.served(took);
    if (!adaptive_) return;
    const mono_time now = time_.now().mono;
    if (is_timeout(came)) adaptive_->timed_out(now, gate_.taken());
    if (told_by(came) == tells::well) adaptive_->answered(now, took, gate_.taken());
    gate_.limit(adaptive_->limit());
  }

  /// Nobody is let in any more: the frames of those who wait are destroyed with their context, not resumed.
  void close() {
    closed_ = true;
    alarm_.reset();
  }
  [[nodiscard]] duration come_again_in() const { return gate_.come_again_in(); }

  std::atomic<std::size_t> waiting{0};
  std::atomic<std::size_t> limit{0};
  std::array<std::atomic<std::uint64_t>, proxy::urgency_count> shed{};

 private:
  void let_in() {
    if (closed_) return;
    end_late_ones();
    while (auto* const next = gate_.next()) {
      auto& who = static_cast<waiting_one&>(*next);
      who.granted.emplace(shared_from_this());
      who.resume(waiting_one::end::let_in);
    }
    publish();
  }

  void end_late_ones() {
    while (auto* const late = gate_.pop_expired(time_.now().mono))
      static_cast<waiting_one*>(late)->resume(waiting_one::end::too_late);
  }

  /// One alarm for the whole line, at its first deadline or before: who leaves the line leaves it set.
  void watch_deadlines() {
    const mono_time first = gate_.next_deadline();
    if (first == mono_time::max() || (alarm_ && rings_at_ <= first)) return;
    rings_at_ = first;
    alarm_ = alarms_.set(first, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (!self || self->closed_) return;
      self->alarm_.reset();
      self->end_late_ones();
      self->watch_deadlines();
      self->publish();
    });
  }

  void publish() {
    waiting.store(gate_.waiting(), std::memory_order_relaxed);
    limit.store(gate_.limit(), std::memory_order_relaxed);
  }

  gate gate_;
  std::optional<gradient_limit> adaptive_;
  const clock& time_;
  alarms& alarms_;
  std::unique_ptr<alarm> alarm_;
  mono_time rings_at_;
  bool closed_ = false;
};

admission::place::~place() {
  if (door_) door_->leave();
}

admission::admission(proxy::origin& behind, const admission_settings& settings, const means& with)
    : behind_(behind),
      timeout_(settings.timeout),
      with_(with),
      door_(std::make_shared<door>(settings, with.time, with.alarms)) {}

admission::~admission() { door_->close(); }

asio::awaitable<admission::fetched> admission::fetch(proxy::upstream_request request, std::uint64_t max_body_bytes) {
  if (request.once) co_return co_await behind_.fetch(std::move(request), max_body_bytes);
  const mono_time arrived = with_.time.now().mono;
  request.deadline = std::min(request.deadline, arrived + timeout_);
  if (!with_.pace.lets_pass(request.urgency, arrived))
    co_return std::unexpected(refused(request, "the control plane is back, and asked step by step"));
  const auto held = co_await enter(request);
  if (!held) co_return std::unexpected(held.error());

  const mono_time begun = with_.time.now().mono;
  auto came = co_await behind_.fetch(std::move(request), max_body_bytes);
  served(came, begun);
  co_return came;
}

void admission::served(const fetched& came, mono_time since) {
  const mono_time now = with_.time.now().mono;
  const tells what = told_by(came);
  if (what == tells::well) with_.pace.succeeded(now);
  if (what == tells::ill) with_.pace.failed(now);
  const bool asked =
      came || (came.error().kind != failure_kind::avoided && came.error().kind != failure_kind::overloaded);
  if (asked) door_->served(came, now - since);
}

/// Ends before the admission does, or with its context.
class admission::begun_fetch final : public proxy::begun_fetch {
 public:
  begun_fetch(admission& of, place held, mono_time since, std::unique_ptr<proxy::begun_fetch> behind)
      : of_(of), place_(std::move(held)), since_(since), behind_(std::move(behind)) {}

  std::optional<proxy::upstream_answer> take() override {
    auto answer = behind_->take();
    if (!answer) return std::nullopt;
    fetched came = std::move(*answer);
    ends(came);
    return std::move(*came);
  }
  asio::awaitable<fetched> go_on(proxy::upstream_request request) override {
    request.deadline = std::min(request.deadline, since_ + of_.timeout_);
    fetched came = co_await behind_->go_on(std::move(request));
    ends(came);
    co_return came;
  }

 private:
  void ends(const fetched& came) {
    of_.served(came, since_);
    place_.reset();
  }

  admission& of_;
  std::optional<place> place_;
  mono_time since_;
  std::unique_ptr<proxy::begun_fetch> behind_;
};

std::unique_ptr<proxy::begun_fetch> admission::begin_fetch(const proxy::ready_request& request,
                                                           std::uint64_t max_body_bytes,
                                                           const std::shared_ptr<proxy::answer_waiter>& told) {
  const mono_time now = with_.time.now().mono;
  if (with_.pace.recovering(now)) return nullptr;  // in which each that passes counts
  auto held = door_->enter_at_once();
  if (!held) return nullptr;
  proxy::ready_request in_time = request;
  in_time.deadline = std::min(request.deadline, now + timeout_);
  auto behind = behind_.begin_fetch(in_time, max_body_bytes, told);
  if (!behind) return nullptr;
  return std::make_unique<begun_fetch>(*this, std::move(*held), now, std::move(behind));
}

asio::awaitable<std::expected<void, proxy::failure>> admission::relay(proxy::upstream_request request,
                                                                      proxy::body_source& body,
                                                                      proxy::answer_sink& sink) {
  return behind_.relay(std::move(request), body, sink);
}

asio::awaitable<std::expected<admission::place, failure>> admission::enter(const proxy::upstream_request& request) {
  using end = waiting_one::end;
  const std::shared_ptr<door> at = door_;
  waiting_one self(request);
  const mono_time since = with_.time.now().mono;
  const entrance how = at->arrive(self, since);
  if (how == entrance::refused)
    co_return std::unexpected(refused(request, "too many lookups wait for the control plane"));
  end came = end::let_in;
  if (how == entrance::waits) came = co_await self.come_to_an_end(with_.executor);
  if (came == end::let_in) co_return std::move(*self.granted);
  if (came == end::pushed_out)
    co_return std::unexpected(refused(request, "pushed out of the line for the control plane"));
  with_.observer.finished(proxy::finished_attempt{
      .route = request.route, .failure = failure_kind::timeout, .took = with_.time.now().mono - since});
  co_return std::unexpected(failure{failure_kind::timeout, false, "not its turn in time"});
}

failure admission::refused(const proxy::upstream_request& request, const char* why) {
  door_->shed[static_cast<std::size_t>(request.urgency)].fetch_add(1, std::memory_order_relaxed);
  with_.observer.finished(proxy::finished_attempt{.route = request.route, .failure = failure_kind::overloaded});
  // The line is long because nothing comes back: that is the control plane's failure, not that of who asks so much.
  const failure_kind kind = with_.pace.outage() ? failure_kind::avoided : failure_kind::overloaded;
  return {kind, false, why, door_->come_again_in()};
}

std::size_t admission::waiting() const { return door_->waiting.load(std::memory_order_relaxed); }
std::size_t admission::limit() const { return door_->limit.load(std::memory_order_relaxed); }
std::uint64_t admission::shed(proxy::urgency how) const {
  return door_->shed[static_cast<std::size_t>(how)].load(std::memory_order_relaxed);
}

}  // namespace sidecache::resilience
