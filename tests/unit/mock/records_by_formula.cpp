// Records that are not stored: which there are, what they look like, and that nobody can tell how they were answered.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "mock/formula_records.hpp"
#include "mock/handler.hpp"
#include "sidecache/parse.hpp"
#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

options with_records(std::uint64_t records) {
  options with;
  with.records = records;
  with.journal = false;
  return with;
}

http::request_head get(std::string_view target, std::string_view key = acme_prod_key, std::string_view gateway = {}) {
  http::request_head head;
  head.method = http::method::get;
  head.method_name = "GET";
  head.target = target;
  head.fields.add("x-portkey-api-key", key);
  if (!gateway.empty()) head.fields.add("Authorization", gateway);
  return head;
}

const std::string million_and_one = "load-1000001";

TEST(formula_records, are_those_from_one_to_the_number) {
  mock_client client(with_records(1'000'000));
  for (const std::string_view kind : {"/v1/integrations/", "/virtual-keys/", "/v1/providers/"}) {
    const std::string at(kind);
    for (const std::string_view slug : {"load-1", "load-999999", "load-1000000"}) {
      const auto found = client.get(at + std::string(slug));
      EXPECT_EQ(found.status, 200) << at << slug;
      EXPECT_EQ(text(found.body, "/slug"), slug);
      EXPECT_EQ(found.bytes.size(), 1500U) << at << slug;
    }
    for (const std::string& slug : {std::string("load-0"), million_and_one, std::string("load-01"), std::string("x")})
      EXPECT_EQ(client.get(at + slug).status, 404) << at << slug;
  }
  EXPECT_EQ(client.get("/v1/configs/load-1").status, 404) << "of the data plane alone";
  EXPECT_EQ(client.get("/v1/providers/load-1/models").status, 404);
}

TEST(formula_records, are_the_same_bytes_for_the_same_seed_and_no_two_of_them_alike) {
  options with = with_records(500);
  std::set<std::string> ids;
  std::set<std::string> bodies;
  {
    mock_client first(with);
    mock_client second(with);
    for (int i = 1; i <= 500; ++i) {
      const auto target = "/v1/providers/load-" + std::to_string(i);
      const auto answer = first.get(target);
      EXPECT_EQ(answer.bytes, second.get(target).bytes);
      EXPECT_EQ(answer.bytes, first.get(target).bytes);
      ids.insert(text(answer.body, "/id"));
      bodies.insert(answer.bytes);
    }
  }
  EXPECT_EQ(ids.size(), 500U);
  EXPECT_EQ(bodies.size(), 500U);
  with.seed = 2;
  EXPECT_FALSE(bodies.contains(mock_client(with).get("/v1/providers/load-1").bytes));
}

TEST(formula_records, are_read_by_the_parser_without_an_unknown_field) {
  mock_client client(with_records(9));
  const auto body = client.get("/v1/integrations/load-7").bytes;
  const auto parsed = records::parse_integration(body);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->slug, "load-7");
  EXPECT_TRUE(records::parse_virtual_key(client.get("/v1/virtual-keys/load-7").bytes));
  EXPECT_TRUE(records::parse_provider(client.get("/v1/providers/load-7").bytes));
}

TEST(formula_records, take_the_size_that_is_asked_for_or_what_their_fields_need) {
  auto with = with_records(9);
  with.record_bytes = 100'000;
  EXPECT_EQ(mock_client(with).get("/v1/providers/load-7").bytes.size(), 100'000U);
  with.record_bytes = 0;
  const auto least = mock_client(with).get("/v1/providers/load-7");
  EXPECT_EQ(least.status, 200);
  EXPECT_LT(least.bytes.size(), 1000U);
  EXPECT_EQ(text(least.body, "/note"), "");
}

TEST(formula_records, are_for_those_who_have_a_key) {
  mock_client client(with_records(9));
  client.key = "nobody's";
  EXPECT_EQ(client.get("/v1/providers/load-7").status, 401);
  client.key = acme_staging_key;
  const auto staging = client.get("/v1/providers/load-7");
  client.key = acme_prod_key;
  EXPECT_NE(staging.bytes, client.get("/v1/providers/load-7").bytes) << "each workspace has its own";
  EXPECT_EQ(client.get("/v1/providers/load-7?workspace_id=acme-staging").status, 403);

  auto with = with_records(9);
  with.any_credential = true;
  mock_client open(with);
  open.key = "nobody's";
  EXPECT_EQ(open.get("/v1/providers/load-7").status, 200);
  open.key = "";
  EXPECT_EQ(open.get("/v1/providers/load-7").status, 401) << "any, but one";
}

TEST(formula_records, cannot_be_written) {
  mock_client client(with_records(9));
  EXPECT_EQ(client.put("/v1/providers/load-7", "{}").status, 403);
  EXPECT_EQ(client.del("/v1/providers/load-7").status, 403);
  EXPECT_EQ(client.post("/v1/integrations", R"({"slug":"load-7","name":"x","ai_provider_id":"openai"})").status, 409);
  EXPECT_EQ(client.post("/v1/integrations", R"({"slug":"load-10","name":"x","ai_provider_id":"openai"})").status, 200);
}

struct hot_path : ::testing::Test {
  mock_client console{with_records(1'000'000)};
  handler served{console.served};

  std::string body_of(const http::request_head& asked) {
    const auto known = served.recognise(asked);
    proxy::answer out;
    if (!known || !served.answer_known(asked.target, *known, {}, {}, out)) return "(not on the hot path)";
    EXPECT_EQ(out.status, 200U);
    return std::string(out.body);
  }
  std::uint64_t counted() {
    return console.get("/__mock/run").body.at("requests").at("whole").to_number<std::uint64_t>();
  }
};

TEST_F(hot_path, answers_the_same_bytes_as_the_long_way_and_counts_the_same) {
  for (const std::string_view target :
       {"/v1/integrations/load-17", "/integrations/load-1000000", "/v1/virtual-keys/load-3", "/providers/load-8"})
    EXPECT_EQ(body_of(get(target)), console.get(target).bytes) << target;
  http::fields both;
  both.add("x-portkey-api-key", acme_prod_key);
  both.add("Authorization", acme_client_auth);
  for (const std::string_view target : {"/v2/configs/load-17", "/albus/v2/prompts/partials/load-5",
                                        "/v2/prompts/load-6", "/albus/v2/virtual-keys/load-2", "/v2/guardrails/load-1"})
    EXPECT_EQ(body_of(get(target, acme_prod_key, acme_client_auth)), console.send_with("GET", target, "", both).bytes)
        << target;
  EXPECT_EQ(counted(), 18U) << "nine each way";
}

TEST_F(hot_path, leaves_all_else_to_the_long_way_uncounted) {
  for (const std::string_view target : {"/v1/integrations/load-0", "/v1/integrations/openai-prod", "/v1/integrations",
                                        "/v1/integrations/load-1?x=1", "/v1/configs/load-1", "/v2/integrations/load-1",
                                        "/__mock/run", "/", "/v1/INTEGRATIONS/load-1", "/albus/v1/providers/load-1"})
    EXPECT_EQ(body_of(get(target)), "(not on the hot path)") << target;
  EXPECT_EQ(body_of(get("/v1/providers/load-1", "nobody's")), "(not on the hot path)");
  auto closing = get("/v1/providers/load-1");
  closing.keep_alive = false;
  EXPECT_FALSE(served.recognise(closing));
  EXPECT_EQ(counted(), 0U);
}

TEST_F(hot_path, is_left_while_something_may_go_wrong) {
  const auto asked = get("/v1/providers/load-1");
  const auto known = served.recognise(asked);
  proxy::answer out;
  ASSERT_TRUE(served.answer_known(asked.target, *known, {}, {}, out));
  console.post("/__mock/faults", R"({"kind":"error","path":"/nowhere"})");
  EXPECT_FALSE(served.answer_known(asked.target, *known, {}, {}, out));
  console.del("/__mock/faults");
  EXPECT_TRUE(served.answer_known(asked.target, *known, {}, {}, out));
  console.post("/__mock/edit", R"({"kind":"api-keys","slug":"acme-prod","organisation":"acme","delete":true})");
  EXPECT_FALSE(served.answer_known(asked.target, *known, {}, {}, out)) << "the key may be another by now";
  EXPECT_EQ(console.get("/v1/providers/load-1").status, 401);
}

TEST_F(hot_path, does_not_touch_an_answer_that_is_still_being_written) {
  const auto known = served.recognise(get("/"));
  proxy::answer slow;
  ASSERT_TRUE(served.answer_known("/v1/providers/load-1", *known, {}, {}, slow));
  const std::string before(slow.body);
  proxy::answer next;
  ASSERT_TRUE(served.answer_known("/v1/providers/load-2", *known, {}, {}, next));
  EXPECT_EQ(slow.body, before);
  EXPECT_NE(next.body, before);
}

TEST_F(hot_path, is_not_for_a_mock_that_keeps_a_journal_or_gives_etags) {
  for (const bool etag : {false, true}) {
    auto with = with_records(9);
    with.journal = !etag;
    with.etag = etag;
    mock_client other(with);
    handler its(other.served);
    EXPECT_FALSE(its.recognise(get("/v1/providers/load-1")));
  }
}

}  // namespace
}  // namespace sidecache::mock
