// A control plane that comes back after an outage, asked by a proxy in memory with the door in between: nobody is
// failed, nobody stampedes, and soon everything is fresh again.
#include <gtest/gtest.h>

#include <algorithm>

#include "base/manual_alarms.hpp"
#include "proxy/at_once.hpp"
#include "proxy/world.hpp"
#include "resilience/admission.hpp"

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;

/// Has every record, or is gone. Counts what it answers.
class plain_origin final : public proxy::origin {
 public:
  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t /*max*/) override {
    ++asked;
    if (gone) co_return std::unexpected(proxy::failure{proxy::failure_kind::connect, false, "gone"});
    proxy::upstream_answer out;
    out.head.status = 200;
    out.head.fields.add("Content-Type", "application/json");
    out.body = tests::record("provider", request.target.substr(request.target.rfind('/') + 1));
    co_return out;
  }
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request /*r*/, proxy::body_source& /*b*/,
                                                             proxy::answer_sink& /*s*/) override {
    co_return std::unexpected(proxy::failure{});
  }
  bool gone = false;
  int asked = 0;
};

constexpr int records = 1000;

struct fleet {
  fleet() = default;
  fleet(const fleet&) = delete;
  fleet& operator=(const fleet&) = delete;
  ~fleet() { core.close(); }

  /// A second of lookups, of one record after the other. Returns how often the control plane was asked.
  int second(int lookups) {
    const int before = origin.asked;
    hits = failed = 0;
    for (int i = 0; i < lookups; ++i, clock.advance(1'000'000'000ns / lookups)) ask(next++ % records);
    return origin.asked - before;
  }
  int most_a_second(int seconds, int lookups) {
    int most = 0;
    for (int i = 0; i < seconds; ++i) most = std::max(most, second(lookups));
    return most;
  }

  int hits = 0;
  int failed = 0;
  plain_origin origin;

 private:
  void ask(int number) {
    http::request_head head;
    head.method_name = "GET";
    head.method = http::method::get;
    head.target = "/v1/providers/p" + std::to_string(number);
    head.fields.add("x-portkey-api-key", "key-a");
    tests::conversation talk(std::move(head), "");
    if (const auto ready = tests::answer_at_once(handler, talk.request(), number % 2 == 0, talk.by_block)) {
      talk.take(*ready);
    } else {
      asio::co_spawn(context, handler.handle(talk), [](const std::exception_ptr& died) {
        if (died) std::rethrow_exception(died);
      });
    }
    context.restart();
    context.poll();
    hits += talk.got().outcome == outcome::hit ? 1 : 0;
    failed += talk.got().status == 200 ? 0 : 1;
  }

  manual_clock clock;
  manual_alarms alarms;
  recovery_pace pace;
  tests::quiet_observer observer;
  asio::io_context context{1};
  admission door{origin, {}, {context.get_executor(), clock, alarms, pace, observer}};
  process_keys keys{};
  proxy::core core{{}, clock, keys};
  proxy::proxy_handler handler{core, door, observer, alarms, context.get_executor()};
  int next = 0;
};

TEST(recovery, brings_no_stampede_and_all_is_fresh_again_in_twenty_seconds) {
  fleet f;
  f.second(records);  // stored; the rush of a cold start
  f.most_a_second(180, 200);
  const int before = f.origin.asked;
  f.most_a_second(60, 200);
  const double normal = (f.origin.asked - before) / 60.0;

  f.origin.gone = true;
  for (int i = 0; i < 45; ++i) {  // longer than any of them is fresh or revalidated in the background
    f.second(2000);
    ASSERT_EQ(f.failed, 0);
  }
  ASSERT_EQ(f.hits, 0);

  f.origin.gone = false;
  int most = 0;
  for (int i = 0; i < 20; ++i) {
    most = std::max(most, f.second(2000));
    ASSERT_EQ(f.failed, 0);
  }
  EXPECT_LE(most, 2 * normal * 1.2 + 2) << "normal is " << normal << " a second";
  f.second(2000);
  EXPECT_EQ(f.hits, 2000);
  EXPECT_LE(f.most_a_second(60, 2000), 2 * normal * 1.2 + 2) << "nor does it echo";
}

}  // namespace
}  // namespace sidecache::resilience
