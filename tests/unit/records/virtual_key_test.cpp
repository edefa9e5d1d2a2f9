// Every field of virtual keys and providers, as the reference prints them and as live control planes send them.
#include "sidecache/virtual_key.hpp"

#include <gtest/gtest.h>

#include "records/date_time.hpp"
#include "sample.hpp"
#include "sidecache/parse.hpp"

namespace sidecache::records {
namespace {

TEST(virtual_key, of_the_reference) {
  const auto parsed = parse_virtual_key(test::sample("virtual-key.json"));
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->name, "Open AI Workspace");
  EXPECT_EQ(parsed->note, "randomness");
  EXPECT_EQ(parsed->status, record_status::active);
  EXPECT_EQ(parsed->status.text, "active");
  EXPECT_EQ(parsed->usage_limits.value().credit_limit, 10);
  EXPECT_EQ(parsed->usage_limits.value().periodic_reset, reset_period::monthly);
  EXPECT_EQ(parsed->usage_limits.value().alert_threshold, 8);
  EXPECT_EQ(parsed->reset_usage, 0);
  EXPECT_EQ(parsed->created_at.value().at, parse_date_time("2023-11-07T05:31:56Z"));
  EXPECT_EQ(parsed->slug, "<string>");
  EXPECT_EQ(parsed->model_config, "{}");
  EXPECT_EQ(parsed->rate_limits.at(0).type, rate_type::requests);
  EXPECT_EQ(parsed->rate_limits.at(0).unit, rate_unit::per_minute);
  EXPECT_EQ(parsed->rate_limits.at(0).value, 123);
  EXPECT_EQ(parsed->expires_at.value().at, parse_date_time("2023-11-07T05:31:56Z"));
  EXPECT_EQ(parsed->drift.unknown_fields + parsed->drift.unknown_values, 0);
}

TEST(virtual_key, as_a_live_control_plane_sends_it) {
  const auto parsed = parse_virtual_key(test::live_virtual_key);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id, "7a1f0d52-62b5-4c3e-9a52-0c6cf1f2a001");
  EXPECT_EQ(parsed->ai_provider_name, "openai");
  EXPECT_EQ(parsed->key, "") << "there, and empty";
  EXPECT_EQ(parsed->masked_api_key, "sk-****1f");
  EXPECT_FALSE(parsed->note);
  EXPECT_EQ(parsed->status, record_status::exhausted);
  EXPECT_EQ(parsed->usage_limits->credit_limit, 12.5) << "a fraction is kept though the schema says whole";
  EXPECT_EQ(parsed->drift.unknown_values, 1) << "and counted";
  EXPECT_EQ(parsed->usage_limits->type, limit_type::tokens);
  EXPECT_FALSE(parsed->usage_limits->alert_threshold);
  EXPECT_TRUE(parsed->usage_limits->periodic_reset.text.empty());
  EXPECT_EQ(parsed->usage_limits->periodic_reset_days, 30);
  EXPECT_EQ(parsed->usage_limits->next_usage_reset_at.value().at, parse_date_time("2025-11-30T22:00:00Z"));
  EXPECT_EQ(parsed->reset_usage, 3.25);
  EXPECT_EQ(parsed->last_reset_at.value().at, parse_date_time("2025-10-31T23:00:00Z"));
  EXPECT_EQ(parsed->model_config, R"({"region": "eu", "nested": [1, {"a": null}]})") << "as it came";
  EXPECT_EQ(parsed->rate_limits.at(0).unit, rate_unit::per_week);
  EXPECT_EQ(parsed->integration_id, "Openai-Main");
  EXPECT_EQ(parsed->tags, R"(["a", "b"])");
  EXPECT_EQ(parsed->secret_mappings.at(0).target_field, "model_config.region");
  EXPECT_EQ(parsed->drift.unknown_fields, 0);
}

TEST(virtual_key, usage_limits_come_as_an_object_as_a_list_of_one_or_none_and_as_null) {
  const auto limits = [](std::string_view value) {
    return parse_virtual_key(R"({"slug":"a","usage_limits":)" + std::string(value) + "}").value();
  };
  EXPECT_EQ(limits(R"({"credit_limit":3})").usage_limits.value().credit_limit, 3);
  EXPECT_EQ(limits(R"([{"credit_limit":3}])").usage_limits.value().credit_limit, 3);
  EXPECT_EQ(limits(R"([{"credit_limit":3}])").drift.unknown_values, 0);
  EXPECT_FALSE(limits("[]").usage_limits);
  EXPECT_FALSE(limits("null").usage_limits);
  const auto two = limits(R"([{"credit_limit":3},{"credit_limit":4}])");
  EXPECT_EQ(two.usage_limits.value().credit_limit, 3);
  EXPECT_EQ(two.drift.unknown_values, 1) << "the schema allows one";
}

TEST(virtual_key, a_list_that_became_an_object_is_read_as_a_list_of_one_and_counted) {
  const auto parsed = parse_virtual_key(R"({"slug":"a","rate_limits":{"type":"tokens","unit":"rpm","value":7},
                                            "secret_mappings":{"target_field":"key","secret_reference_id":"s"}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->rate_limits.at(0).value, 7);
  EXPECT_EQ(parsed->secret_mappings.at(0).secret_reference_id, "s");
  EXPECT_EQ(parsed->drift.unknown_values, 2);
}

TEST(provider, as_a_live_control_plane_sends_it) {
  const auto parsed = parse_provider(test::live_provider);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->id, "7a1f0d52-62b5-4c3e-9a52-0c6cf1f2a002");
  EXPECT_EQ(parsed->name, "OpenAI for team A");
  EXPECT_EQ(parsed->slug, "openai-team-a");
  EXPECT_EQ(parsed->integration_id, "3C90C3CC-0D44-4B50-8888-8DD25736052A");
  EXPECT_EQ(parsed->workspace_id, "9D1E1C5A-1C7E-4F53-9A38-0A4B6E5DD001");
  EXPECT_EQ(parsed->note, "ask platform");
  EXPECT_EQ(parsed->status, record_status::expired);
  EXPECT_EQ(parsed->usage_limits.value().periodic_reset, reset_period::monthly);
  EXPECT_FALSE(parsed->reset_usage);
  EXPECT_EQ(parsed->created_at.value().text, "2023-11-07T05:31:56Z");
  EXPECT_TRUE(parsed->rate_limits.empty());
  EXPECT_EQ(parsed->expires_at.value().at, parse_date_time("9999-12-31T23:59:59.999Z"));
  EXPECT_EQ(parsed->model_config, "{}");
  EXPECT_EQ(parsed->drift.unknown_fields + parsed->drift.unknown_values, 0);
}

}  // namespace
}  // namespace sidecache::records
