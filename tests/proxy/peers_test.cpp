// What other sidecaches served stale is named by the sync that passes here, and asked for again until it was.
#include <gtest/gtest.h>

#include "proxy/gateway_world.hpp"

namespace sidecache::tests {
namespace {

using proxy::peer_answer;
using proxy::peer_mark;
using proxy::peer_question;
using proxy::peer_result;

/// Others, who say what a test has them say, when it lets them.
class scripted_peers final : public proxy::peers {
 public:
  using said = std::expected<peer_answer, peer_result>;

  void says(const std::string& name, std::function<said(const peer_question&)> what) { say_[name] = std::move(what); }
  void says(const std::string& name, said what) {
    says(name, [what](const peer_question& /*asked*/) { return what; });
  }
  void hold() { held_ = true; }
  void release() {
    held_ = false;
    for (const auto& each : std::exchange(waiting_, {})) each->cancel();
  }

  asio::awaitable<void> ask(std::shared_ptr<proxy::peer_round> in) override {
    std::map<std::string, peer_question> questions;
    for (const auto& [name, what] : say_) questions[name] = in->question_to(name);
    for (const auto& [name, question] : questions) asked[name].push_back(question);
    if (held_) {
      waiting_.push_back(std::make_shared<asio::steady_timer>(co_await asio::this_coro::executor,
                                                              asio::steady_timer::time_point::max()));
      const auto mine = waiting_.back();
      boost::system::error_code released;
      co_await mine->async_wait(asio::redirect_error(asio::use_awaitable, released));
    }
    for (const auto& [name, question] : questions) in->heard(name, say_.at(name)(question));
  }

  std::map<std::string, std::vector<peer_question>> asked;

 private:
  std::map<std::string, std::function<said(const peer_question&)>> say_;
  bool held_ = false;
  std::vector<std::shared_ptr<asio::steady_timer>> waiting_;
};

proxy::settings healing() {
  auto s = data_plane();
  s.sync.heal = true;
  return s;
}

peer_answer stale_config(std::uint64_t number, const std::string& epoch = "first") {
  return {.upto = {.epoch = epoch, .number = number},
          .named = {{.of = cache::family::config, .ident = "c", .workspace_id = "w"}}};
}
peer_answer nothing_new(std::uint64_t number, const std::string& epoch = "first") {
  return {.upto = {.epoch = epoch, .number = number}, .named = {}};
}
/// A sidecache that sync passes, and another that it does not.
struct two_sidecaches : testing::Test {
  explicit two_sidecaches(const proxy::settings& s = healing()) : w(s, {}, &others) {}
  [[nodiscard]] std::uint64_t counted(peer_result what) const { return w.core.counted(what); }
  [[nodiscard]] peer_mark told(const std::string& name = "b") const { return others.asked.at(name).back().told; }

  scripted_peers others;
  gateway_world w;
};
struct two_without_healing : two_sidecaches {
  two_without_healing() : two_sidecaches(data_plane()) {}
};

TEST_F(two_sidecaches, what_the_other_served_stale_is_named) {
  others.says("b", stale_config(7));
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
  EXPECT_EQ(told(), peer_mark{}) << "never asked before: everything";
  EXPECT_EQ(others.asked.at("b").front().whose.organisation, "org");
  EXPECT_NE(others.asked.at("b").front().whose.client, 0U);
  EXPECT_EQ(counted(peer_result::answered), 1U);
}

TEST_F(two_sidecaches, is_asked_from_there_on_once_gateways_were_told) {
  others.says("b", stale_config(7));
  w.sync("{}");
  others.says("b", nothing_new(9));
  EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
  EXPECT_EQ(told(), (peer_mark{"first", 7}));
  w.sync("{}");
  EXPECT_EQ(told(), (peer_mark{"first", 9}));
}

TEST_F(two_sidecaches, an_answer_that_no_gateway_took_whole_is_told_again) {
  others.says("b", stale_config(7));
  w.origin.hold(sync_path);
  w.start("GET", sync_path, gateway_a)->leave();
  w.origin.release(sync_path);
  w.run();
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
  EXPECT_EQ(told(), peer_mark{}) << "its mark has not moved";
}

TEST_F(two_sidecaches, an_answer_that_has_no_room_moves_no_mark) {
  others.says("b", stale_config(7));
  w.origin.says(sync_path, enveloped(R"(["x"])"));
  EXPECT_EQ(w.get(sync_path, gateway_a).body, enveloped(R"(["x"])"));
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
  EXPECT_EQ(told(), peer_mark{});
}

TEST_F(two_sidecaches, one_that_is_slow_is_waited_for_for_half_a_second_and_no_longer) {
  others.says("b", stale_config(7));
  others.hold();
  w.origin.says(sync_path, enveloped("{}"));
  const auto talk = w.start("GET", sync_path, gateway_a);
  w.advance(499ms);
  EXPECT_FALSE(talk->done());
  w.advance(1ms);
  ASSERT_TRUE(talk->done());
  EXPECT_EQ(talk->got().body, enveloped("{}"));
  others.release();
  w.run();
  EXPECT_EQ(counted(peer_result::late), 1U);
  EXPECT_EQ(counted(peer_result::answered), 0U);
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c)) << "asked again, from where it was";
  EXPECT_EQ(told(), peer_mark{});
}

TEST_F(two_sidecaches, one_that_speaks_within_the_time_is_heard) {
  others.says("b", stale_config(7));
  others.hold();
  w.origin.says(sync_path, enveloped("{}"));
  const auto talk = w.start("GET", sync_path, gateway_a);
  w.advance(400ms);
  others.release();
  w.run();
  ASSERT_TRUE(talk->done());
  EXPECT_EQ(talk->got().body, enveloped(names_c));
}

TEST_F(two_sidecaches, the_control_plane_is_asked_meanwhile) {
  others.says("b", stale_config(7));
  others.hold();
  w.start("GET", sync_path, gateway_a);
  EXPECT_EQ(w.origin.count(sync_path), 1);
  EXPECT_EQ(others.asked.at("b").size(), 1U);
  others.release();
  w.run();
}

TEST_F(two_sidecaches, what_is_named_is_dropped_before_the_other_has_spoken) {
  w.sync();
  w.lookup();
  ASSERT_EQ(w.lookup().outcome, outcome::hit);
  others.says("b", nothing_new(1));
  others.hold();
  w.origin.says(sync_path, enveloped(R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})"));
  const auto talk = w.start("GET", sync_path, gateway_a);
  ASSERT_FALSE(talk->done());
  EXPECT_NE(w.lookup().outcome, outcome::hit);
  others.release();
  w.run();
}

TEST_F(two_sidecaches, whoever_says_nothing_of_use_costs_a_count) {
  others.says("b", std::unexpected(peer_result::unreachable));
  others.says("c", std::unexpected(peer_result::garbled));
  others.says("d", std::unexpected(peer_result::refused));
  others.says("e", stale_config(3));
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
  for (const auto what : {peer_result::unreachable, peer_result::garbled, peer_result::refused, peer_result::answered})
    EXPECT_EQ(counted(what), 1U) << proxy::peer_result_names[static_cast<std::size_t>(what)];
  w.sync("{}");
  EXPECT_EQ(told("b"), peer_mark{});
  EXPECT_EQ(told("e"), (peer_mark{"first", 3}));
}

TEST_F(two_sidecaches, whoever_says_too_much_is_left_out) {
  peer_answer much{.upto = {"first", 1}, .named = {}};
  much.named.resize(proxy::most_peer_names, {.of = cache::family::config, .ident = "x", .workspace_id = "w"});
  others.says("b", much);
  others.says("c", stale_config(3));
  w.sync("{}");
  EXPECT_EQ(counted(peer_result::left_out), 1U);
  w.sync("{}");
  EXPECT_EQ(told("c"), peer_mark{});
}

TEST_F(two_sidecaches, nobody_waits_for_them_when_the_control_plane_is_gone) {
  others.says("b", stale_config(7));
  others.hold();
  w.origin.fails(sync_path, proxy::failure_kind::connect, false);
  EXPECT_EQ(w.get(sync_path, gateway_a).status, 502U);
  others.release();
  w.run();
  EXPECT_EQ(counted(peer_result::late), 1U);
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
}

TEST_F(two_sidecaches, what_stands_there_already_is_named_once) {
  w.lookup();
  w.origin.fails(vk_path, proxy::failure_kind::connect, false);
  w.advance(60s);
  w.lookup();
  const proxy::sync_addition vk{.of = cache::family::key, .ident = "vk", .workspace_id = "ws"};
  others.says("b", peer_answer{.upto = {"first", 2}, .named = {vk, vk}});
  others.says("c", peer_answer{.upto = {"other", 2}, .named = {vk}});
  EXPECT_EQ(w.sync("{}").body, enveloped(R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})"));
}

TEST_F(two_without_healing, nobody_is_asked) {
  others.says("b", stale_config(7));
  EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
  EXPECT_TRUE(others.asked.empty());
}

/// The other one is real: it served a record stale.
struct two_real_ones : two_sidecaches {
  two_real_ones() {
    others.says("b", [this](const peer_question& asked) { return b->core.tell_peer(asked); });
    serve_stale();
  }
  void serve_stale(const header_list& whose = gateway_a) {
    b->origin.says(vk_path, virtual_key("vk"));
    b->get(vk_path, whose);
    b->origin.fails(vk_path, proxy::failure_kind::connect, false);
    b->advance(60s);
    ASSERT_EQ(b->get(vk_path, whose).outcome, outcome::stale_error);
  }
  [[nodiscard]] std::size_t waiting() const { return b->core.all_planes().stale.look(b->clock.now().mono).waiting; }

  std::optional<gateway_world> b{std::in_place, healing()};
};
constexpr auto names_vk = R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})";

TEST_F(two_real_ones, tell_each_other) {
  EXPECT_EQ(w.sync("{}").body, enveloped(names_vk));
  EXPECT_EQ(w.sync("{}").body, enveloped("{}")) << "once";
}

TEST_F(two_real_ones, what_was_told_is_no_longer_listed_there) {
  w.sync("{}");
  EXPECT_EQ(waiting(), 1U) << "it has not heard yet that it was";
  w.sync("{}");
  EXPECT_EQ(waiting(), 0U);
}

TEST_F(two_real_ones, what_is_served_again_is_told_again) {
  w.sync("{}");
  serve_stale();
  EXPECT_EQ(w.sync("{}").body, enveloped(names_vk));
  EXPECT_EQ(waiting(), 1U);
}

TEST_F(two_real_ones, one_that_was_started_anew_tells_everything_of_its_new_life) {
  w.sync("{}");
  b.reset();
  b.emplace(healing(), [] {
    auto of_another_life = std::make_shared<proxy::replica>();
    of_another_life->epoch = "second";
    return of_another_life;
  }());
  serve_stale();
  EXPECT_EQ(w.sync("{}").body, enveloped(names_vk)) << "number 1 again, and of another numbering";
  EXPECT_EQ(waiting(), 1U) << "what was told of the old one is nothing here";
}

TEST_F(two_real_ones, gateways_of_another_client_were_not_told) {
  serve_stale(other_client);
  w.sync("{}");
  w.sync("{}");
  EXPECT_EQ(waiting(), 1U);
  w.origin.says(sync_path, enveloped("{}"));
  EXPECT_EQ(w.get(sync_path, other_client).body, enveloped(names_vk));
}

TEST_F(two_real_ones, another_organisation_hears_nothing) {
  const std::string theirs = "/v1/organisation/other/sync/1";
  w.origin.says(theirs, enveloped("{}"));
  EXPECT_EQ(w.get(theirs, other_client).body, enveloped("{}"));
}

TEST(peer_marks, the_one_that_moved_longest_ago_is_forgotten) {
  proxy::peer_marks marks(2);
  const proxy::tenant whose{.organisation = "org", .client = 1};
  marks.move(whose, "a", {"e", 1});
  marks.move(whose, "b", {"e", 2});
  marks.move(whose, "a", {"e", 3});
  marks.move(whose, "c", {"e", 4});
  EXPECT_EQ(marks.of(whose, "b"), peer_mark{});
  EXPECT_EQ(marks.of(whose, "a"), (peer_mark{"e", 3}));
  EXPECT_EQ(marks.size(), 2U);
  marks.move(whose, "a", {"e", 2});
  EXPECT_EQ(marks.of(whose, "a"), (peer_mark{"e", 3})) << "an older round ended later";
  marks.move(whose, "a", {"f", 1});
  EXPECT_EQ(marks.of(whose, "a"), (peer_mark{"f", 1}));
}

TEST(stale_since, tells_so_much_at_a_time_and_up_to_where) {
  proxy::stale_served stale;
  const proxy::tenant whose{.organisation = "org", .client = 1};
  const instant now = manual_clock().now();
  for (const std::string ident : {"a", "b", "c"})
    stale.note(whose, {.of = cache::family::config, .ident = ident, .workspace_id = ""}, now);
  const auto first = stale.since(whose, 0, 140, now.mono);
  EXPECT_EQ(first.all.size(), 2U);
  EXPECT_EQ(first.as_of, 2U);
  const auto second = stale.since(whose, first.as_of, 1, now.mono);
  ASSERT_EQ(second.all.size(), 1U) << "one at least";
  EXPECT_EQ(second.all.front().ident, "c");
  EXPECT_EQ(second.as_of, 3U);
}

}  // namespace
}  // namespace sidecache::tests
