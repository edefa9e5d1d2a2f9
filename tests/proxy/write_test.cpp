// Writes and what they drop, and when (promise 2).
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

constexpr auto uuid_x = "11111111-1111-4111-8111-111111111111";
constexpr auto uuid_y = "22222222-2222-4222-8222-222222222222";
constexpr auto uuid_p = "aaaaaaaa-aaaa-4aaa-8aaa-aaaaaaaaaaaa";

std::string and_field(std::string_view name, std::string_view value) {
  return R"(,")" + std::string(name) + R"(":")" + std::string(value) + R"(")";
}

/// Everything that a write may concern, each stored for two credentials and two queries.
struct a_full_cache : ::testing::Test {
  a_full_cache() {
    says("/v1/integrations/x", record("integration", "x", and_field("id", uuid_x)));
    says("/v1/integrations/y", record("integration", "y", and_field("id", uuid_y)));
    says("/v1/providers/of-x-by-slug",
         record("provider", "of-x-by-slug", and_field("id", uuid_p) + and_field("integration_id", "x")));
    says("/v1/providers/of-x-by-id", record("provider", "of-x-by-id", and_field("integration_id", uuid_x)));
    says("/v1/providers/of-y-by-id", record("provider", "of-y-by-id", and_field("integration_id", uuid_y)));
    says("/v1/providers/of-y-by-slug", record("provider", "of-y-by-slug", and_field("integration_id", "y")));
    says("/v1/virtual-keys/of-x", record("virtual-key", "of-x", and_field("integration_id", "x")));
    says("/v1/virtual-keys/of-unknown", record("virtual-key", "of-unknown"));
    says("/v1/providers/" + std::string(uuid_p),
         record("provider", "of-x-by-slug", and_field("id", uuid_p) + and_field("integration_id", "x")));
    for (const auto* missing : {"/v1/providers/none", "/v1/integrations/none"}) targets.emplace_back(missing);
    for (const auto& t : targets) fill(t);
  }
  void says(const std::string& target, const std::string& body) {
    w.origin.says(target, body);
    w.origin.says(target + "?workspace_id=w2", body);
    targets.push_back(target);
  }
  void fill(const std::string& t) {
    w.get(t, key_a);
    w.get(t, key_b);
    w.get(t + "?workspace_id=w2", key_a);
  }
  received write(const std::string& method, const std::string& target, unsigned status = 200) {
    w.origin.says(method + " " + target, {.status = status, .body = "{}"});
    return w.ask(method, target, key_a, R"({"name":"new"})");
  }
  /// Which of the stored answers have to be fetched again; an answer dropped for one credential or query and kept for
  /// another is named with a question mark.
  std::vector<std::string> dropped() {
    std::vector<std::string> names;
    for (const auto& t : targets) {
      int fetched = 0;
      for (const auto& got : {w.get(t, key_a), w.get(t, key_b), w.get(t + "?workspace_id=w2", key_a)})
        fetched += got.outcome == outcome::miss ? 1 : 0;
      if (fetched == 0) continue;
      names.push_back(t.substr(4) + (fetched == 3 ? "" : "?"));
    }
    return names;
  }
  world w;
  std::vector<std::string> targets;
};

using names = std::vector<std::string>;
const std::string id_path = "providers/" + std::string(uuid_p);

TEST_F(a_full_cache, answers_from_memory_while_nobody_writes) { EXPECT_EQ(dropped(), names{}); }

TEST_F(a_full_cache, put_of_an_integration_by_slug) {
  EXPECT_EQ(write("PUT", "/v1/integrations/x").outcome, outcome::invalidate);
  EXPECT_EQ(dropped(), (names{"integrations/x", "providers/of-x-by-slug", "providers/of-x-by-id", "virtual-keys/of-x",
                              "virtual-keys/of-unknown", id_path, "integrations/none"}));
}

TEST_F(a_full_cache, put_of_an_integration_by_id_in_another_case_and_place) {
  write("PUT", "/api/v9/Integrations/11111111-1111-4111-8111-111111111111/");
  EXPECT_EQ(dropped(), (names{"integrations/x", "providers/of-x-by-slug", "providers/of-x-by-id", "virtual-keys/of-x",
                              "virtual-keys/of-unknown", id_path, "integrations/none"}));
}

TEST_F(a_full_cache, delete_of_an_integration_never_seen_drops_all_that_might_be_its) {
  write("DELETE", "/v1/integrations/99999999-9999-4999-8999-999999999999");
  EXPECT_EQ(dropped(), (names{"providers/of-x-by-slug", "providers/of-y-by-slug", "virtual-keys/of-x",
                              "virtual-keys/of-unknown", id_path, "integrations/none"}))
      << "those that name an integration by slug may be its; those that name another UUID are not";
}

TEST_F(a_full_cache, an_integrations_workspaces_may_bring_keys_into_being) {
  write("PUT", "/v1/integrations/y/workspaces");
  EXPECT_EQ(dropped(), (names{"integrations/y", "providers/of-y-by-id", "providers/of-y-by-slug",
                              "virtual-keys/of-unknown", "providers/none", "integrations/none"}));
}

TEST_F(a_full_cache, an_integrations_models) {
  write("DELETE", "/v1/integrations/y/models?slugs=a,b");
  EXPECT_EQ(dropped(), (names{"integrations/y", "providers/of-y-by-id", "providers/of-y-by-slug",
                              "virtual-keys/of-unknown", "integrations/none"}));
}

TEST_F(a_full_cache, put_of_a_provider_by_slug_drops_it_under_its_id_too) {
  write("PUT", "/v1/providers/of-x-by-slug?workspace_id=w9");
  EXPECT_EQ(dropped(), (names{"providers/of-x-by-slug", id_path, "providers/none"}));
}

TEST_F(a_full_cache, put_of_a_virtual_key_by_id_drops_the_provider_of_that_id_and_all_without_one) {
  write("PUT", "/v1/virtual-keys/" + std::string(uuid_p));
  EXPECT_EQ(dropped(),
            (names{"providers/of-x-by-slug", "providers/of-x-by-id", "providers/of-y-by-id", "providers/of-y-by-slug",
                   "virtual-keys/of-x", "virtual-keys/of-unknown", id_path, "providers/none"}))
      << "a record whose id is not known may be the one";
}

TEST_F(a_full_cache, creating_drops_the_remembered_404s_of_that_kind) {
  write("POST", "/v1/providers");
  EXPECT_EQ(dropped(), (names{"providers/none"}));
  write("POST", "/v1/integrations");
  EXPECT_EQ(dropped(), (names{"integrations/none"}));
}

TEST_F(a_full_cache, policies_concern_all_statuses) {
  write("POST", "/v1/policies/usage-limits/p1/entities/e1/reset");
  const auto gone = dropped();
  EXPECT_EQ(gone.size(), 8U);
  EXPECT_EQ(std::ranges::count(gone, "integrations/x"), 0);
}

TEST_F(a_full_cache, workspaces_concern_integrations) {
  write("DELETE", "/v1/admin/workspaces/w1");
  EXPECT_EQ(dropped(), (names{"integrations/x", "integrations/y", "integrations/none"}));
}

TEST_F(a_full_cache, a_write_whose_target_can_t_be_trusted_drops_everything) {
  write("PUT", "/v1/integrations/../integrations/x");
  EXPECT_EQ(dropped().size(), targets.size());
}

TEST_F(a_full_cache, writes_elsewhere_and_reads_drop_nothing) {
  write("POST", "/v1/chat/completions");
  write("PUT", "/v1/prompts/x");
  w.ask("OPTIONS", "/v1/integrations/x");
  w.origin.says("GET /v1/integrations", {.body = R"({"object":"list","total":0,"data":[]})"});
  EXPECT_EQ(w.get("/v1/integrations").outcome, outcome::pass);
  EXPECT_EQ(dropped(), names{});
}

TEST_F(a_full_cache, a_refused_write_drops_nothing) {
  for (const unsigned status : {400U, 401U, 403U, 404U, 409U, 429U}) write("DELETE", "/v1/integrations/x", status);
  EXPECT_EQ(dropped(), names{}) << "else anybody's unauthorised DELETE would empty the cache for all";
}

TEST_F(a_full_cache, a_redirected_write_drops) {
  write("PUT", "/v1/providers/of-x-by-slug", 307);
  EXPECT_EQ(dropped().size(), 3U);
}

TEST_F(a_full_cache, a_write_that_was_never_sent_drops_nothing) {
  w.origin.fails("PUT /v1/integrations/x", proxy::failure_kind::connect, false);
  const auto got = w.ask("PUT", "/v1/integrations/x", key_a, "{}");
  EXPECT_EQ(got.status, 502U);
  EXPECT_EQ(got.fields.find("x-portkey-gateway-exception"), "true") << "SDKs must not replay it";
  EXPECT_EQ(dropped(), names{});
}

TEST_F(a_full_cache, a_write_that_may_have_been_applied_makes_revalidate_before_use) {
  for (const bool answered : {true, false}) {
    if (answered) {
      write("PUT", "/v1/providers/of-x-by-slug", 500);
    } else {
      w.origin.fails("PUT /v1/providers/of-x-by-slug", proxy::failure_kind::timeout);
      EXPECT_EQ(w.ask("PUT", "/v1/providers/of-x-by-slug", key_a, "{}").status, 504U);
    }
    // Servable while the control plane can't be reached, and only then.
    w.origin.says("/v1/providers/of-x-by-slug", {.body = "<html>", .fields = {{"Content-Type", "text/html"}}});
    EXPECT_EQ(w.get("/v1/providers/of-x-by-slug").body, "<html>");
    w.origin.fails("/v1/providers/of-x-by-slug", proxy::failure_kind::connect);
    EXPECT_EQ(w.get("/v1/providers/of-x-by-slug").outcome, outcome::stale_error);
    w.origin.says("/v1/providers/of-x-by-slug",
                  record("provider", "of-x-by-slug", and_field("id", uuid_p) + and_field("integration_id", "x")));
    EXPECT_EQ(dropped(), (names{"providers/of-x-by-slug", id_path, "providers/none"}));
  }
}

// Promise 2, for reads under way: the write overtakes the read, whatever the order of their answers.
TEST(reads_under_way, are_neither_joined_nor_stored_once_a_write_has_begun) {
  world w;
  const std::string target = "/v1/providers/p";
  const std::string put = "PUT /v1/providers/p";
  w.origin.says(target, record("provider", "p", and_field("name", "old")));
  w.origin.says(put, {.body = "{}"});
  w.origin.hold(target);
  const auto before = w.start("GET", target);

  w.origin.hold(put);
  const auto writing = w.start("PUT", target, key_a, "{}");
  const auto during = w.start("GET", target);
  EXPECT_EQ(w.origin.count(target), 2) << "a write has begun: the read under way is not joined";
  w.origin.release(put);
  w.run();
  ASSERT_EQ(writing->got().status, 200U);

  const auto after = w.start("GET", target);
  EXPECT_EQ(w.origin.count(target), 3) << "nor is one begun during the write";
  w.origin.release(target);
  w.run();
  EXPECT_EQ(before->got().status, 200U);
  EXPECT_EQ(during->got().status, 200U);
  EXPECT_EQ(before->got().cache_status(), "sidecache; fwd=uri-miss; fwd-status=200") << "not stored";
  EXPECT_EQ(during->got().cache_status(), "sidecache; fwd=uri-miss; fwd-status=200");
  EXPECT_EQ(after->got().cache_status(), "sidecache; fwd=uri-miss; fwd-status=200; stored");
}

TEST(reads_under_way, that_may_turn_out_to_be_the_written_ones_are_not_joined) {
  world w;
  const std::string target = "/v1/providers/p";
  w.origin.says(target, record("provider", "p", and_field("id", uuid_p) + and_field("integration_id", uuid_x)));
  w.origin.says("PUT /v1/integrations/x", {.body = "{}"});
  w.origin.says("PUT /v1/virtual-keys/" + std::string(uuid_p), {.body = "{}"});
  w.origin.hold(target);
  w.start("GET", target);
  w.ask("PUT", "/v1/integrations/x", key_a, "{}");
  w.start("GET", target);
  EXPECT_EQ(w.origin.count(target), 2);
  w.ask("PUT", "/v1/virtual-keys/" + std::string(uuid_p), key_a, "{}");
  w.start("GET", target);
  EXPECT_EQ(w.origin.count(target), 3);
  w.origin.release(target);
  w.run();
}

TEST(reads_under_way, an_older_one_does_not_replace_what_a_newer_one_of_its_key_brought) {
  world w;
  const std::string target = "/v1/providers/p";
  const std::string unrelated = "/v1/integrations/y";
  w.origin.says("PUT " + unrelated, {.status = 404, .body = "{}"});
  w.origin.hold(target);
  const auto before = w.start("GET", target);
  w.ask("PUT", unrelated, key_a, "{}");
  const auto after = w.start("GET", target);
  ASSERT_EQ(w.origin.count(target), 2) << "the read under way might be of a record that was written to";
  w.origin.release_latest(target);
  w.run();
  EXPECT_EQ(after->got().status, 404U);

  w.origin.says(target, record("provider", "p", and_field("id", uuid_p) + and_field("integration_id", "x")));
  w.origin.release(target);
  w.run();
  EXPECT_EQ(before->got().status, 200U);
  EXPECT_EQ(before->got().cache_status(), "sidecache; fwd=uri-miss; fwd-status=200") << "not stored: an older word";
  EXPECT_EQ(w.get(target).status, 404U);
}

TEST(cool_down, what_is_read_after_a_write_is_fresh_for_a_second_only) {
  world w;
  const std::string target = "/v1/providers/p";
  w.origin.says(target, record("provider", "p"));
  w.origin.says("PUT " + target, {.body = "{}"});
  w.ask("PUT", target, key_a, "{}");
  for (int i = 0; i < 9; ++i) {
    EXPECT_EQ(w.get(target).outcome, outcome::miss) << i << ": the control plane may still have shown the old one";
    EXPECT_EQ(w.get(target).outcome, outcome::hit) << i;
    w.clock.advance(1001ms);
  }
  w.clock.advance(1s);
  w.get(target);
  w.clock.advance(29s);
  EXPECT_EQ(w.get(target).outcome, outcome::hit) << "the cool-down is over";
}

TEST(cool_down, counts_from_when_it_was_asked_for_however_late_the_answer) {
  world w;
  const std::string target = "/v1/providers/p";
  w.origin.says(target, record("provider", "p"));
  w.origin.says("PUT " + target, {.body = "{}"});
  w.ask("PUT", target, key_a, "{}");
  w.clock.advance(9s);
  w.origin.hold(target);
  w.start("GET", target);
  w.clock.advance(5s);
  w.origin.release(target);
  w.run();
  EXPECT_EQ(w.get(target).outcome, outcome::hit);
  w.clock.advance(1s);
  EXPECT_EQ(w.get(target).outcome, outcome::miss) << "a replica may have shown the old one 5 s ago";
}

TEST(pass_through, streams_both_bodies_and_keeps_what_came) {
  world w;
  w.origin.says("DELETE /v1/virtual-keys/k",
                {.status = 200, .body = "{}", .fields = {{"Content-Type", "application/json"}, {"Set-Cookie", "s"}}});
  const auto got = w.ask("DELETE", "/v1/virtual-keys/k", key_a, R"({"workspace_id":"w"})");
  EXPECT_EQ(w.origin.last_body(), R"({"workspace_id":"w"})") << "a DELETE may have a body";
  EXPECT_EQ(got.fields.find("set-cookie"), "s");
  EXPECT_EQ(got.cache_status(), "sidecache; fwd=method; fwd-status=200");
}

TEST(pass_through, an_answer_that_breaks_off_is_not_made_to_look_whole) {
  world w;
  w.origin.says("GET /v1/integrations", {.body = "0123456789", .breaks_after = 4});
  const auto got = w.get("/v1/integrations");
  EXPECT_EQ(got.status, 200U);
  EXPECT_FALSE(got.complete);
}

TEST(pass_through, a_client_that_leaves_in_mid_write_leaves_its_record_to_be_revalidated) {
  world w;
  const std::string target = "/v1/providers/p";
  w.origin.says(target, record("provider", "p"));
  w.origin.says("PUT " + target, {.body = "{}"});
  w.get(target);
  http::request_head head;
  head.method = http::method::put;
  head.method_name = "PUT";
  head.target = target;
  head.body = http::framing::length;
  head.content_length = 100;
  conversation leaving(head, "");
  leaving.leave();
  asio::co_spawn(w.context, w.handler.handle(leaving), [](const std::exception_ptr& e) { ASSERT_FALSE(e); });
  w.run();
  EXPECT_EQ(w.get(target).outcome, outcome::miss);
}

}  // namespace
}  // namespace sidecache::tests
