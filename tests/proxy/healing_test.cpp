// What gateways were given stale is remembered, and named in the next sync answer if the settings say so.
#include <gtest/gtest.h>

#include "proxy/gateway_world.hpp"

namespace sidecache::tests {
namespace {

proxy::settings with_healing() {
  auto s = data_plane();
  s.sync.heal = true;
  return s;
}

std::vector<std::string> listed(const world& w) {
  std::vector<std::string> out;
  for (const auto& line : w.core.all_planes().stale.list(100, w.clock.now().mono))
    out.push_back(line.what.ident + "/" + line.what.workspace_id + "/" + line.whose.organisation);
  return out;
}

/// A gateway was given a stale record, and the control plane is back.
struct after_an_outage : testing::Test {
  explicit after_an_outage(const proxy::settings& s = with_healing()) : w(s) {
    w.lookup();
    w.origin.fails(vk_path, proxy::failure_kind::connect, false);
    w.advance(60s);
    w.lookup();
    w.origin.says(vk_path, virtual_key("vk"));
  }
  gateway_world w;
};
struct after_an_outage_without_healing : after_an_outage {
  after_an_outage_without_healing() : after_an_outage(data_plane()) {}
};

TEST_F(after_an_outage, what_was_served_stale_is_listed) {
  EXPECT_EQ(listed(w), std::vector<std::string>{"vk/ws/org"});
}

TEST_F(after_an_outage, the_next_sync_names_it_in_its_own_shape) {
  EXPECT_EQ(w.sync("{}").body, enveloped(R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})"));
  EXPECT_TRUE(listed(w).empty());
  EXPECT_EQ(w.sync("{}").body, enveloped("{}")) << "once";
}

TEST_F(after_an_outage, it_stands_behind_what_the_control_plane_names) {
  EXPECT_EQ(
      w.sync(R"({"virtualKeysV2":[{"slug":"x","workspace_id":"w"}],"version":1})").body,
      enveloped(
          R"({"virtualKeysV2":[{"slug":"x","workspace_id":"w"},{"slug":"vk","workspace_id":"ws"}],"version":1})"));
}

TEST_F(after_an_outage, lists_of_plain_names_get_plain_names) {
  EXPECT_EQ(w.sync(R"({"virtualKeys":["x"]})").body, enveloped(R"({"virtualKeys":["x","vk"]})"));
}

TEST_F(after_an_outage, lists_by_which_a_gateway_does_something_else_stay_as_they_are) {
  EXPECT_EQ(w.sync(R"({"virtualKeyIdsToReset":["x"],"virtualKeysWithBudgets":[{"slug":"y"}]})").body,
            enveloped(R"({"virtualKeyIdsToReset":["x"],"virtualKeysWithBudgets":[{"slug":"y"}],)"
                      R"("virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})"));
}

TEST_F(after_an_outage, white_space_is_no_matter) {
  const std::string vk = R"({"slug":"vk","workspace_id":"ws"})";
  const std::vector<std::pair<std::string, std::string>> bodies{
      {"{\"success\":true,\"data\":{\"virtualKeysV2\":[\n]}}",
       "{\"success\":true,\"data\":{\"virtualKeysV2\":[\n" + vk + "]}}"},
      {"{\"success\":true,\"data\":{\r\n}}", "{\"success\":true,\"data\":{\r\n\"virtualKeysV2\":[" + vk + "]}}"},
      {"\n{\"configsV2\":[]}\n", "\n{\"configsV2\":[],\"virtualKeysV2\":[" + vk + "]}\n"},
      {"{\"success\":true,\"data\":null}", "{\"success\":true,\"data\":{\"virtualKeysV2\":[" + vk + "]}}"},
      {"{\"success\":true,\"data\":{\"virtualKeysV2\":[\n  {\"slug\":\"x\"}\n]}}\n",
       "{\"success\":true,\"data\":{\"virtualKeysV2\":[\n  {\"slug\":\"x\"}\n," + vk + "]}}\n"}};
  for (const auto& [sent, healed] : bodies) {
    w.origin.fails(vk_path, proxy::failure_kind::connect, false);
    w.lookup();
    w.origin.says(sync_path, sent);
    EXPECT_EQ(w.get(sync_path, gateway_a).body, healed) << sent;
  }
}

TEST_F(after_an_outage, data_without_names_for_its_lists_has_no_room) {
  w.origin.says(sync_path, enveloped(R"(["x"])"));
  EXPECT_EQ(w.get(sync_path, gateway_a).body, enveloped(R"(["x"])"));
  EXPECT_EQ(listed(w).size(), 1U) << "nobody was told";
}

TEST_F(after_an_outage, gateways_of_another_client_were_not_told) {
  w.sync();
  w.origin.fails(vk_path, proxy::failure_kind::connect, false);
  w.lookup();
  const std::string theirs = sync_path;
  w.get(theirs, other_client);
  EXPECT_EQ(listed(w).size(), 1U) << "of the same organisation, with a store of their own";
}

TEST_F(after_an_outage, what_is_named_already_is_not_named_twice) {
  const std::string data = R"({"virtualKeysV2":[{"slug":"vk","workspace_id":"ws"}]})";
  EXPECT_EQ(w.sync(data).body, enveloped(data));
}

TEST_F(after_an_outage, an_answer_that_cannot_be_read_stays_as_it_came) {
  w.origin.says(sync_path, "<html>");
  EXPECT_EQ(w.get(sync_path, gateway_a).body, "<html>");
  EXPECT_EQ(listed(w).size(), 1U);
}

TEST_F(after_an_outage, a_gateway_that_left_has_not_heard) {
  w.origin.hold(sync_path);
  w.start("GET", sync_path, gateway_a)->leave();
  w.origin.release(sync_path);
  w.run();
  EXPECT_EQ(listed(w).size(), 1U);
}

TEST_F(after_an_outage, another_organisation_is_told_nothing) {
  const std::string theirs = "/v1/organisation/other/sync/1";
  w.origin.says(theirs, enveloped("{}"));
  EXPECT_EQ(w.get(theirs, other_client).body, enveloped("{}"));
  EXPECT_EQ(listed(w).size(), 1U);
}

TEST_F(after_an_outage, what_the_control_plane_named_is_named_once_more) {
  w.sync(R"({"configsV2":[{"slug":"c","workspace_id":"w"}]})");
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped(R"({"configsV2":[{"slug":"c","workspace_id":"w"}]})"));
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped(R"({"configsV2":[{"slug":"c","workspace_id":"w"}]})"));
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped("{}")) << "three intervals later it has been heard";
}

/// Heals, and had a name long ago.
struct a_name_long_ago : testing::Test {
  a_name_long_ago() {
    w.sync(names_c);
    w.advance(1h);
    EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
    w.advance(30s);
  }
  void end_of_the_outage() { w.origin.says(sync_path, enveloped("{}")); }
  gateway_world w{with_healing()};
};

TEST_F(a_name_long_ago, is_told_again_after_an_outage_for_others_may_have_served_what_they_held) {
  w.origin.fails(sync_path, proxy::failure_kind::connect, false);
  for (int i = 0; i < 20; ++i, w.advance(30s)) w.get(sync_path, gateway_a);
  end_of_the_outage();
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
}

TEST_F(a_name_long_ago, is_told_again_when_a_gateway_was_answered_stale) {
  w.origin.says(vk_path, virtual_key("vk"));
  w.lookup();
  w.origin.fails(vk_path, proxy::failure_kind::connect, false);
  w.advance(20s);
  w.lookup();
  EXPECT_EQ(w.sync("{}").body.find(R"({"slug":"c")"), std::string::npos) << "not in the midst of the trouble";
  w.advance(10s);
  EXPECT_NE(w.sync("{}").body.find(R"({"slug":"c")"), std::string::npos);
}

TEST_F(a_name_long_ago, is_told_again_when_a_sync_was_lost_or_answered_by_an_error) {
  for (const scripted_answer& what : {scripted_answer{.failure = proxy::failure{proxy::failure_kind::reset, true, ""}},
                                      scripted_answer{.status = 503, .body = "{}"}}) {
    w.origin.says(sync_path, what);
    w.get(sync_path, gateway_a);
    w.advance(30s);
    EXPECT_EQ(w.sync("{}").body, enveloped(names_c));
    w.advance(1h);
  }
}

TEST_F(a_name_long_ago, is_not_told_again_because_a_sync_was_refused) {
  w.origin.says(sync_path, {.status = 401, .body = R"({"success":false,"data":{"message":"no"}})"});
  w.get(sync_path, gateway_a);
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
}

TEST_F(a_name_long_ago, is_forgotten_when_nothing_can_be_held_any_more_that_is_older) {
  w.advance(72h);
  w.sync("{}");
  w.origin.fails(sync_path, proxy::failure_kind::connect, false);
  w.get(sync_path, gateway_a);
  w.advance(30s);
  EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
}

TEST_F(a_name_long_ago, need_not_be_told_again_where_every_process_has_heard_of_it_by_its_own_sync) {
  const auto own = [&](const std::string& data) {
    proxy::upstream_answer came;
    came.head.status = 200;
    came.body = enveloped(data);
    w.core.settle_own_sync({.organisation = "org"}, came);
  };
  own("{}");
  w.advance(30s);
  w.sync(names_c);
  const std::string other = R"({"configsV2":[{"slug":"d","workspace_id":"w"}]})";
  w.advance(2min);
  own(other);
  w.advance(60s);
  w.origin.fails(sync_path, proxy::failure_kind::connect, false);
  for (int i = 0; i < 20; ++i, w.advance(30s)) w.get(sync_path, gateway_a);
  end_of_the_outage();
  EXPECT_EQ(w.sync("{}").body, enveloped(other)) << "that another may not have had when the outage began";
}

TEST_F(after_an_outage, a_validator_of_other_bytes_is_not_handed_on) {
  w.origin.says(sync_path,
                {.body = enveloped("{}"), .fields = {{"Content-Type", "application/json"}, {"ETag", "\"v\""}}});
  EXPECT_FALSE(w.get(sync_path, gateway_a).fields.contains("etag"));
}

TEST_F(after_an_outage_without_healing, it_is_listed_and_sync_stays_as_it_came) {
  EXPECT_EQ(w.sync("{}").body, enveloped("{}"));
  EXPECT_EQ(listed(w).size(), 1U);
}

TEST(stale_to_gateways, an_admin_plane_remembers_nothing) {
  world w;
  w.origin.says("/integrations/x", record("integration", "x"));
  w.get("/integrations/x");
  w.origin.fails("/integrations/x", proxy::failure_kind::connect, false);
  w.advance(1h);
  EXPECT_EQ(w.get("/integrations/x").outcome, outcome::stale_error);
  EXPECT_TRUE(listed(w).empty());
}

TEST(stale_to_gateways, of_a_list_its_records_are_named) {
  gateway_world w(with_healing());
  const std::string list = "/v2/integrations/?organisation_id=org";
  w.origin.says(list, enveloped(R"([{"slug":"a"},{"slug":"b"}])"));
  w.lookup(list);
  w.origin.fails(list, proxy::failure_kind::connect, false);
  w.lookup(list);
  EXPECT_EQ(w.sync("{}").body, enveloped(R"({"integrationsV2":[{"slug":"a"},{"slug":"b"}]})"));
}

TEST(stale_to_gateways, what_was_asked_for_by_uuid_is_named_by_its_slug_too) {
  gateway_world w(with_healing());
  const std::string id = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";
  const std::string path = "/v2/configs/" + id + "?organisation_id=org";
  w.origin.says(path, enveloped(R"({"slug":"c","id":")" + id + R"(","workspace_id":"w"})"));
  w.lookup(path);
  w.origin.fails(path, proxy::failure_kind::connect, false);
  w.lookup(path);
  const auto body = w.sync("{}").body;
  EXPECT_NE(body.find(R"({"slug":")" + id + R"(","workspace_id":"w"})"), std::string::npos) << body;
  EXPECT_NE(body.find(R"({"slug":"c","workspace_id":"w"})"), std::string::npos) << body;
}

}  // namespace
}  // namespace sidecache::tests
