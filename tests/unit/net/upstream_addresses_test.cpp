// Names: resolved in the background, the last good answer kept, the addresses tried in turn.
#include "unit/net/scripted_resolver.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_names : public upstream_world {
 protected:
  upstream& ask_by_name(std::uint16_t port) {
    return ask_at("http://cp.test.:" + std::to_string(port), std::make_unique<scripted_resolver>(context, names));
  }
  static script answering(std::string body) {
    return [body](peer& client) {
      while (!client.read_head().empty()) client.answer(body, "Connection: close\r\n");
    };
  }

  std::shared_ptr<resolutions> names = std::make_shared<resolutions>();
};

TEST_F(upstream_names, the_first_resolution_is_waited_for) {
  scripted_server control_plane({answering("{}")});
  ask_by_name(control_plane.port());
  const auto first = begin(origin->fetch(get(), 100));
  const auto second = begin(origin->fetch(get(), 100));
  run_until([&] { return names->pending.size() == 1; });
  names->answer({}, {loopback(control_plane.port())});
  run_until([&] { return first->has_value() && second->has_value(); });
  EXPECT_TRUE(**first);
  EXPECT_TRUE(**second);
  EXPECT_EQ(names->asked, std::vector<std::string>{"cp.test."}) << "once for both, and with its final dot";
}

TEST_F(upstream_names, the_first_resolution_is_waited_for_no_longer_than_the_deadline) {
  settings.request_timeout = 20ms;
  ask_by_name(1);
  const auto answer = fetch();
  EXPECT_EQ(kind_of(answer), "timeout");
  EXPECT_FALSE(answer.error().sent);
}

TEST_F(upstream_names, a_name_that_does_not_exist_is_a_connect_failure) {
  ask_by_name(1);
  const auto answer = begin(origin->fetch(get(), 100));
  run_until([&] { return names->pending.size() == 1; });
  names->answer(asio::error::host_not_found);
  run_until([&] { return answer->has_value(); });
  EXPECT_EQ(kind_of(**answer), "connect");
  EXPECT_NE((*answer)->error().detail.find("cp.test"), std::string::npos);
  EXPECT_EQ(kind_of(fetch()), "connect");
  EXPECT_EQ(names->asked.size(), 1u) << "not asked again at once";
}

TEST_F(upstream_names, a_refresh_makes_nobody_wait_and_its_failure_keeps_the_last_good_answer) {
  settings.resolve_interval = 0s;
  scripted_server control_plane({answering("{}")});
  ask_by_name(control_plane.port());
  names->automatic = {loopback(control_plane.port())};
  ASSERT_TRUE(fetch());
  names->automatic.clear();
  EXPECT_TRUE(fetch()) << "while the refresh is pending";
  ASSERT_EQ(names->pending.size(), 1u);
  names->answer(asio::error::host_not_found_try_again);
  EXPECT_TRUE(fetch()) << "after it failed";
}

TEST_F(upstream_names, a_refresh_moves_to_the_new_addresses) {
  settings.resolve_interval = 0s;
  scripted_server before({answering("before")});
  scripted_server after({answering("after")});
  ask_by_name(before.port());
  names->automatic = {loopback(before.port())};
  EXPECT_EQ(fetch()->body, "before");
  names->automatic = {loopback(after.port())};
  EXPECT_EQ(fetch()->body, "before") << "the old answer is used while the new one is on its way";
  run_until([&] { return names->asked.size() == 2; });
  context.poll();
  EXPECT_EQ(fetch()->body, "after");
}

TEST_F(upstream_names, addresses_are_tried_in_turn_and_the_one_that_works_comes_first) {
  scripted_server gone({});
  gone.stop_listening();
  scripted_server control_plane({answering("{}")});
  ask_by_name(control_plane.port());
  names->automatic = {loopback(gone.port()), loopback(control_plane.port())};
  EXPECT_TRUE(fetch());

  const auto book = std::make_shared<upstream_addresses>(context, *parse_upstream_url("http://cp.test"),
                                                         std::make_unique<scripted_resolver>(context, names), 1h);
  const auto in_order = *run(book->get(std::chrono::steady_clock::now() + 1h));
  EXPECT_EQ(in_order.front(), loopback(gone.port()));
  book->worked(loopback(control_plane.port()));
  EXPECT_EQ(run(book->get(std::chrono::steady_clock::now() + 1h))->front(), loopback(control_plane.port()));
}

TEST_F(upstream_names, nobody_listening_is_a_connect_failure) {
  scripted_server gone({});
  gone.stop_listening();
  ask_at(gone.url());
  const auto answer = fetch();
  EXPECT_EQ(kind_of(answer), "connect");
  EXPECT_FALSE(answer.error().sent);
  EXPECT_EQ(kind_of(relay()), "connect");
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"connect", "connect"}));
  EXPECT_EQ(open(proxy::connection_state::connecting), 0);
}

TEST_F(upstream_names, the_system_knows_localhost) {
  scripted_server control_plane({answering("{}")});
  ask_at("http://localhost:" + std::to_string(control_plane.port()));
  EXPECT_TRUE(fetch());
}

TEST_F(upstream_names, a_resolution_that_outlives_its_upstream_is_harmless) {
  ask_by_name(1);
  const auto answer = begin(origin->fetch(get(), 100));
  run_until([&] { return names->pending.size() == 1; });
  auto done = std::move(names->pending.front());
  settings.request_timeout = 1ms;
  origin.reset();
  done({}, {loopback(1)});
  EXPECT_FALSE(answer->has_value());
}

}  // namespace
}  // namespace sidecache::net::in_tests
