// Scripted control planes behind a resilient_origin, in a time that stands still until a test moves it.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/manual_alarms.hpp"
#include "base/manual_clock.hpp"
#include "resilience/resilient_origin.hpp"

namespace sidecache::resilience::in_tests {

using namespace std::chrono_literals;
using proxy::failure_kind;

/// Answers what comes next in its script, each after a time; without one, 200 at once.
class scripted_upstream final : public proxy::origin {
 public:
  struct answer {
    unsigned status = 200;
    std::optional<proxy::failure> failure = {};
    duration after{};
    proxy::upstream_answer whole() const {
      proxy::upstream_answer made;
      made.head.status = status;
      return made;
    }
  };

  scripted_upstream(const clock& time, alarms& wake) : clock_(time), pauses_(wake) {}

  void says(unsigned status, duration after = {}) { script_.push_back({.status = status, .after = after}); }
  void fails(failure_kind kind, bool sent = false, duration after = {}) {
    script_.push_back({.failure = proxy::failure{kind, sent, "scripted"}, .after = after});
  }
  /// Whenever the script is at its end.
  void always(answer what) { otherwise_ = std::move(what); }

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t /*max*/) override {
    deadlines.push_back(request.deadline);
    const answer what = next();
    if (what.after > duration{}) co_await pause(what.after);
    if (what.failure) co_return std::unexpected(*what.failure);
    co_return what.whole();
  }
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request /*request*/,
                                                             proxy::body_source& /*body*/,
                                                             proxy::answer_sink& sink) override {
    const answer what = next();
    if (what.failure && !what.failure->sent) co_return std::unexpected(*what.failure);
    http::response_head head;
    head.status = what.status;
    if (what.failure && !begins_before_it_fails) co_return std::unexpected(*what.failure);
    co_await sink.start(head);
    if (what.failure) co_return std::unexpected(*what.failure);
    co_await sink.finish({});
    co_return std::expected<void, proxy::failure>{};
  }

  /// What has begun without a coroutine, where that is let: its answer comes whole, unless it is a failure.
  bool begins = false;
  std::unique_ptr<proxy::begun_relay> begin_relay(const proxy::ready_request& /*request*/,
                                                  const std::shared_ptr<proxy::answer_waiter>& /*told*/) override {
    if (!begins) return nullptr;
    return std::make_unique<begun>(*this, next());
  }

  std::unique_ptr<proxy::begun_fetch> begin_fetch(const proxy::ready_request& request, std::uint64_t /*max*/,
                                                  const std::shared_ptr<proxy::answer_waiter>& /*told*/) override {
    if (!begins) return nullptr;
    deadlines.push_back(request.deadline);
    return std::make_unique<begun_one>(*this, next());
  }

  int asked = 0;
  int stopped = 0;  ///< by whoever asked
  std::vector<mono_time> deadlines;
  bool begins_before_it_fails = false;

 private:
  class begun final : public proxy::begun_relay {
   public:
    begun(scripted_upstream& by, answer what) : by_(by), what_(std::move(what)) {}
    std::optional<proxy::whole_answer> take(std::string& /*head*/) override {
      if (what_.failure) return std::nullopt;
      return proxy::whole_answer{.head = {.status = what_.status}, .body = {}};
    }
    void give_up() override {}
    asio::awaitable<std::expected<void, proxy::failure>> go_on(proxy::upstream_request request,
                                                               proxy::body_source& body,
                                                               proxy::answer_sink& sink) override {
      by_.script_.push_front(what_);
      --by_.asked;
      return by_.relay(std::move(request), body, sink);
    }

   private:
    scripted_upstream& by_;
    answer what_;
  };

  class begun_one final : public proxy::begun_fetch {
   public:
    begun_one(scripted_upstream& by, answer what) : by_(by), what_(std::move(what)) {}
    std::optional<proxy::upstream_answer> take() override {
      return what_.failure ? std::nullopt : std::optional(what_.whole());
    }
    asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> go_on(
        proxy::upstream_request request) override {
      by_.script_.push_front(what_);
      --by_.asked;
      return by_.fetch(std::move(request), 0);
    }

   private:
    scripted_upstream& by_;
    answer what_;
  };

  /// As sockets are, it is woken by being stopped.
  asio::awaitable<void> pause(duration time) {
    waiting::wake_up stop;
    auto slot = (co_await asio::this_coro::cancellation_state).slot();
    if (slot.is_connected())
      slot.assign([this, &stop](asio::cancellation_type) {
        ++stopped;
        stop.now();
      });
    co_await pauses_.until(clock_.now().mono + time, &stop);
    if (slot.is_connected()) slot.clear();
  }
  answer next() {
    ++asked;
    if (script_.empty()) return otherwise_;
    answer what = script_.front();
    script_.pop_front();
    return what;
  }

  const clock& clock_;
  waiting pauses_;
  std::deque<answer> script_;
  answer otherwise_;
};

class silent_body final : public proxy::body_source {
 public:
  asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override {
    co_return std::string_view{};
  }
};

class counting_sink final : public proxy::answer_sink {
 public:
  asio::awaitable<boost::system::error_code> start(http::response_head& head) override {
    ++started;
    status = head.status;
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> write(std::string_view /*piece*/) override {
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> finish(const http::fields& /*last*/) override {
    co_return boost::system::error_code{};
  }
  int started = 0;
  unsigned status = 0;
};

class resilient_world : public ::testing::Test {
 protected:
  using fetched = std::expected<proxy::upstream_answer, proxy::failure>;
  using relayed = std::expected<void, proxy::failure>;

  void build(std::size_t count, std::vector<std::uint32_t> weights = {}) {
    std::vector<upstream_name> names;
    std::vector<proxy::origin*> inner;
    for (std::size_t i = 0; i < count; ++i) {
      names.push_back({"cp" + std::to_string(i) + ":443", weights.empty() ? 0 : weights[i]});
      upstreams.push_back(std::make_unique<scripted_upstream>(time, wake));
      inner.push_back(upstreams.back().get());
    }
    group.emplace(names, breaker, 10);
    origin.emplace(inner, *group, settings, time, wake, [this] { return random; });
  }
  scripted_upstream& up(std::size_t index) { return *upstreams.at(index); }

  template <class T>
  std::shared_ptr<std::optional<T>> begin(asio::awaitable<T> coroutine) {
    auto result = std::make_shared<std::optional<T>>();
    asio::co_spawn(context, std::move(coroutine), [result](const std::exception_ptr& thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result->emplace(std::move(value));
    });
    poll();
    return result;
  }
  void poll() {
    context.restart();
    context.poll();
  }
  /// Time goes on, from alarm to alarm.
  void pass(duration by) {
    const mono_time end = time.now().mono + by;
    while (wake.next() && *wake.next() <= end) {
      time.advance(std::max<duration>(*wake.next() - time.now().mono, {}));
      wake.ring(time.now().mono);
      poll();
    }
    time.advance(end - time.now().mono);
  }
  /// A fetch to its end, however long it takes: "200", or the failure's name.
  std::string fetch(proxy::urgency how = proxy::urgency::miss) {
    proxy::upstream_request request;
    request.urgency = how;
    const auto came = begin(origin->fetch(std::move(request), 1000));
    while (!*came && wake.next()) pass(*wake.next() - time.now().mono);
    if (!*came) return "never";
    return **came ? std::to_string((**came)->head.status) : std::string(to_string((**came).error().kind));
  }
  std::string relay(http::method method, std::string name) {
    proxy::upstream_request request;
    request.method = method;
    request.method_name = std::move(name);
    const auto done = begin(origin->relay(std::move(request), body, sink));
    while (!*done && wake.next()) pass(*wake.next() - time.now().mono);
    if (!*done) return "never";
    return **done ? std::to_string(sink.status) : std::string(to_string((**done).error().kind));
  }
  std::string list() { return relay(http::method::get, "GET"); }
  std::string write() { return relay(http::method::post, "POST"); }
  /// Until the breaker of that one has opened.
  void ruin(std::size_t index) {
    up(index).always({.failure = proxy::failure{failure_kind::reset, true, "scripted"}});
    for (int i = 0; i < 200 && group->look()[index].state != breaker_state::open; ++i) fetch(proxy::urgency::refresh);
    ASSERT_EQ(group->look()[index].state, breaker_state::open);
  }
  std::uint64_t counted(repetition what) const { return group->counted(what); }

  std::optional<upstream_group> group;  // outlives the coroutines, which hold permits and end with their context
  asio::io_context context{1};
  manual_clock time;
  manual_alarms wake;
  breaker_settings breaker;
  resilience_settings settings;
  double random = 0.5;
  std::vector<std::unique_ptr<scripted_upstream>> upstreams;
  std::optional<resilient_origin> origin;
  silent_body body;
  counting_sink sink;
};

}  // namespace sidecache::resilience::in_tests
