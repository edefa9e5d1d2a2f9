// The seed: the same in every run, of all ten kinds of provider, and readable by the project's own parser.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "records/facts.hpp"
#include "sidecache/parse.hpp"
#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::HasSubstr;

/// The bodies of all records of a kind, as each workspace's key sees them.
std::map<std::string, std::string> bodies_of(mock_client& client, records::kind kind) {
  std::map<std::string, std::string> bodies;
  const std::string collection = "/v1/" + std::string(records::collection_name(kind));
  for (const auto key : {acme_prod_key, acme_staging_key, globex_key}) {
    client.key = key;
    const auto list = client.get(collection + "?page_size=1000");
    for (const auto& entry : list.body.at("data").as_array()) {
      const auto slug = text(entry, "/slug");
      bodies.emplace(std::string(key) + " " + slug, client.get(collection + "/" + slug).bytes);
    }
  }
  return bodies;
}

class mock_seed : public ::testing::TestWithParam<records::kind> {};

TEST_P(mock_seed, is_read_by_the_parser_without_an_unknown_field_or_value) {
  mock_client client;
  const auto bodies = bodies_of(client, GetParam());
  EXPECT_GT(bodies.size(), 8U);
  for (const auto& [name, body] : bodies) {
    const auto facts = records::extract_facts(GetParam(), body);
    ASSERT_TRUE(facts) << name << ": " << to_string(facts.error());
    EXPECT_EQ(facts->unknown_fields, 0U) << name;
    EXPECT_EQ(facts->unknown_values, 0U) << name;
    EXPECT_FALSE(facts->unreadable_deadline) << name;
    EXPECT_NE(facts->status, records::record_status::unknown) << name;
    EXPECT_EQ(facts->id.size(), 36U) << name;
  }
}

TEST_P(mock_seed, follows_from_the_seed_number) {
  mock_client one;
  mock_client same;
  options other_seed;
  other_seed.seed = 2;
  mock_client other(other_seed);
  EXPECT_EQ(bodies_of(one, GetParam()), bodies_of(same, GetParam()));
  EXPECT_NE(bodies_of(one, GetParam()), bodies_of(other, GetParam()));
}

INSTANTIATE_TEST_SUITE_P(kinds, mock_seed,
                         ::testing::Values(records::kind::integration, records::kind::virtual_key,
                                           records::kind::provider),
                         [](const auto& kind) {
                           std::string name(records::collection_name(kind.param));
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(mock_seeded_integrations, are_of_all_ten_kinds_of_provider) {
  mock_client client;
  std::set<std::size_t> shapes;
  for (const auto& [name, body] : bodies_of(client, records::kind::integration)) {
    const auto parsed = records::parse_integration(body);
    ASSERT_TRUE(parsed) << name;
    shapes.insert(parsed->configurations.provider.index());
    if (name.ends_with("custom-host-vllm"))
      EXPECT_EQ(parsed->configurations.custom_host.value().custom_host, "https://vllm.internal.acme.example/v1");
  }
  EXPECT_GE(shapes.size(), 10U) << "nine providers and, with only a custom host, none";
}

TEST(mock_seeded_integrations, are_of_a_realistic_size) {
  mock_client client;
  for (const auto& [name, body] : bodies_of(client, records::kind::integration))
    if (name.starts_with(acme_prod_key)) EXPECT_GT(body.size(), 600U) << name;
  client.key = acme_prod_key;
  EXPECT_NEAR(static_cast<double>(client.get("/v1/integrations/openai-prod").bytes.size()), 1500, 100);
}

TEST(mock_seed_summary, names_the_keys_and_slugs_to_try) {
  const auto summary = seed_summary();
  for (const auto* const expected : {"demo-acme-prod-key", "demo-readonly-key", "azure-openai-eu", "exhausted-vk",
                                     "vllm-main", "Workspace acme-staging"})
    EXPECT_THAT(summary, HasSubstr(expected));
}

TEST(mock_keys, can_be_added_by_option) {
  options with;
  with.keys.push_back({"demo-extra-key", "globex", "globex-main", true});
  mock_client client(with);
  client.key = "demo-extra-key";
  EXPECT_EQ(text(client.get("/v1/integrations/openai-prod").body, "/name"), "Globex OpenAI");
  EXPECT_EQ(client.del("/v1/integrations/openai-prod").status, 403);
  with.keys.push_back({"demo-lost-key", "nobody", "", false});
  EXPECT_THROW(mock_client{with}, std::invalid_argument);
}

TEST(mock_ids, of_new_records_do_not_depend_on_what_was_read) {
  mock_client one;
  mock_client same;
  static_cast<void>(same.get("/v1/integrations"));
  const auto body = R"({"name":"n","integration_id":"openai-prod"})";
  EXPECT_EQ(one.post("/v1/providers", body).bytes, same.post("/v1/providers", body).bytes);
}

TEST(mock_answers, carry_the_fields_that_live_ones_carry) {
  mock_client client;
  const auto answer = client.get("/v1/integrations/openai-prod");
  for (const auto* const name : {"x-portkey-trace-id", "x-request-id", "cf-ray", "Date"})
    EXPECT_TRUE(answer.fields.contains(name)) << name;
  EXPECT_EQ(answer.fields.find("Date"), "Tue, 15 Jul 2025 00:00:00 GMT");
  for (const auto* const name : {"ETag", "Cache-Control", "Retry-After"}) EXPECT_FALSE(answer.fields.contains(name));
  EXPECT_NE(client.get("/v1/integrations/openai-prod").fields.find("x-request-id"), answer.fields.find("x-request-id"));
}

TEST(mock_answers, are_validated_and_dated_on_request) {
  options with;
  with.etag = true;
  with.cache_control = "private, max-age=5";
  with.headers = {{"x-extra", "1"}};
  mock_client client(with);
  const auto first = client.get("/v1/integrations/openai-prod");
  EXPECT_EQ(first.fields.find("Cache-Control"), "private, max-age=5");
  EXPECT_EQ(first.fields.find("x-extra"), "1");
  http::fields conditional;
  conditional.add("x-portkey-api-key", client.key);
  conditional.add("If-None-Match", first.fields.find("ETag").value_or("none"));
  const auto second = client.send_with("GET", "/v1/integrations/openai-prod", "", conditional);
  EXPECT_EQ(second.status, 304);
  EXPECT_TRUE(second.bytes.empty());
  client.put("/v1/integrations/openai-prod", R"({"name":"changed"})");
  EXPECT_EQ(client.send_with("GET", "/v1/integrations/openai-prod", "", conditional).status, 200);
}

}  // namespace
}  // namespace sidecache::mock
