// What the cache learns from a body: identity, relations, status, deadlines, and whether it is a record at all.
#include "records/facts.hpp"

#include <gtest/gtest.h>

#include "records/date_time.hpp"
#include "sample.hpp"

namespace sidecache::records {
namespace {

std::expected<record_facts, not_a_record> key_facts(std::string_view body) {
  return extract_facts(kind::virtual_key, body);
}

TEST(facts, of_an_integration) {
  const auto facts = extract_facts(kind::integration, test::live_integration);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->slug, "azure-prod");
  EXPECT_EQ(facts->id, "3c90c3cc-0d44-4b50-8888-8dd25736052a") << "UUIDs compare without case";
  EXPECT_EQ(facts->integration_id, "");
  EXPECT_EQ(facts->workspace_id, "");
  EXPECT_EQ(facts->status, record_status::active);
  EXPECT_FALSE(facts->expires_at);
  EXPECT_EQ(facts->next_usage_reset_at, parse_date_time("2025-12-01T00:00:00Z"))
      << "inside global_workspace_access_settings";
  EXPECT_FALSE(facts->unreadable_deadline);
  EXPECT_EQ(facts->unknown_fields + facts->unknown_values, 0);
}

TEST(facts, of_a_virtual_key) {
  const auto facts = key_facts(test::live_virtual_key);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->slug, "team-a-3f2b1c");
  EXPECT_EQ(facts->id, "7a1f0d52-62b5-4c3e-9a52-0c6cf1f2a001");
  EXPECT_EQ(facts->integration_id, "Openai-Main") << "a slug keeps its case";
  EXPECT_EQ(facts->status, record_status::exhausted);
  EXPECT_EQ(facts->expires_at, parse_date_time("2026-01-01T00:00:00Z"));
  EXPECT_EQ(facts->next_usage_reset_at, parse_date_time("2025-11-30T22:00:00Z"));
}

TEST(facts, of_a_provider) {
  const auto facts = extract_facts(kind::provider, test::live_provider);
  ASSERT_TRUE(facts);
  EXPECT_EQ(facts->integration_id, "3c90c3cc-0d44-4b50-8888-8dd25736052a");
  EXPECT_EQ(facts->workspace_id, "9d1e1c5a-1c7e-4f53-9a38-0a4b6e5dd001");
  EXPECT_EQ(facts->status, record_status::expired);
  EXPECT_EQ(facts->expires_at, parse_date_time("9999-12-31T23:59:59.999Z"));
  EXPECT_EQ(facts->next_usage_reset_at, parse_date_time("2025-12-01T00:00:00Z")) << "in a list of one";
}

TEST(facts, a_record_is_an_object_with_a_string_slug_and_no_other_kind_s_name) {
  EXPECT_TRUE(key_facts(R"({"slug":"a"})"));
  EXPECT_TRUE(key_facts(" \r\n\t{\"slug\":\"a\",\"object\":\"virtual-key\"} \n"));
  EXPECT_TRUE(key_facts(R"({"slug":"a","object":null})"));
  EXPECT_EQ(key_facts(R"({"slug":"a","object":"provider"})").error(), not_a_record::other_object);
  EXPECT_EQ(key_facts(R"({"slug":"a","object":1})").error(), not_a_record::other_object);
  EXPECT_EQ(key_facts(R"({"slug":1})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"slug":null})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts("{}").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"object":"list","data":[{"slug":"a"}]})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts("[]").error(), not_a_record::not_an_object);
  EXPECT_EQ(key_facts(R"([{"slug":"a"}])").error(), not_a_record::not_an_object);
  EXPECT_EQ(key_facts(R"("slug")").error(), not_a_record::not_an_object);
  EXPECT_EQ(key_facts("null").error(), not_a_record::not_an_object);
  EXPECT_EQ(key_facts("").error(), not_a_record::not_json);
  EXPECT_EQ(key_facts("<html><body>Welcome to the lobby</body></html>").error(), not_a_record::not_json);
}

TEST(facts, an_envelope_must_say_success_and_hold_a_record) {
  EXPECT_EQ(key_facts(R"({"success":true,"data":{"slug":"a","expires_at":"2026-01-01T00:00:00Z"}})")->expires_at,
            parse_date_time("2026-01-01T00:00:00Z"));
  EXPECT_EQ(key_facts(R"({"data":{"slug":"a","new":1},"success":true,"more":1})")->slug, "a");
  EXPECT_EQ(key_facts(R"({"data":{"slug":"a","new":1},"success":true,"more":1})")->unknown_fields, 1);
  EXPECT_EQ(key_facts(R"({"success":false,"data":{"slug":"a"}})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"success":"true","data":{"slug":"a"}})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"data":{"slug":"a"}})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"success":true,"data":{"slug":"a"},"data":[]})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"success":false,"data":{"message":"Unauthorised Request"}})").error(), not_a_record::no_slug);
  EXPECT_EQ(key_facts(R"({"success":true,"data":{"success":true,"data":{"slug":"a"}}})").error(), not_a_record::no_slug)
      << "one envelope, not two";
  EXPECT_EQ(key_facts(R"({"success":true,"data":{"slug":"a","object":"provider"}})").error(),
            not_a_record::other_object);
  EXPECT_EQ(key_facts(R"({"slug":"outer","success":true,"data":{"slug":"inner"}})")->slug, "outer")
      << "a record that happens to have a field called data";
}

TEST(facts, ids_that_are_no_uuids_are_not_taken_for_one) {
  EXPECT_EQ(key_facts(R"({"slug":"a","id":"team-a"})")->id, "");
  EXPECT_EQ(key_facts(R"({"slug":"a","id":7})")->id, "");
  EXPECT_EQ(key_facts(R"({"slug":"a","id":"7a1f0d52-62b5-4c3e-9a52-0c6cf1f2a00g"})")->id, "");
}

TEST(facts, the_earliest_reset_is_the_soft_deadline_in_whatever_order_they_come) {
  const auto resets = [](std::string_view first, std::string_view second) {
    return key_facts(R"({"slug":"a","usage_limits":[{"next_usage_reset_at":null},{"next_usage_reset_at":")" +
                     std::string(first) + R"("},{"next_usage_reset_at":")" + std::string(second) + "\"}]}")
        ->next_usage_reset_at;
  };
  constexpr std::string_view early = "2025-12-01T00:00:00Z";
  constexpr std::string_view late = "2025-12-02T00:00:00Z";
  EXPECT_EQ(resets(early, late), parse_date_time(early));
  EXPECT_EQ(resets(late, early), parse_date_time(early));
}

TEST(facts, a_deadline_that_cannot_be_read_is_reported_as_such) {
  for (const char* bad : {"\"soon\"", "\"\"", "1699335116", "{}", "true", "\"2026-02-30T00:00:00Z\""}) {
    const std::string value(bad);
    const auto hard = key_facts(R"({"slug":"a","expires_at":)" + value + "}");
    EXPECT_TRUE(hard->unreadable_deadline) << value;
    EXPECT_FALSE(hard->expires_at);
    EXPECT_EQ(hard->unknown_values, 1);
    const auto soft = key_facts(R"({"slug":"a","usage_limits":{"next_usage_reset_at":)" + value + "}}");
    EXPECT_TRUE(soft->unreadable_deadline) << value;
  }
  EXPECT_FALSE(key_facts(R"({"slug":"a","expires_at":null})")->unreadable_deadline);
  EXPECT_FALSE(key_facts(R"({"slug":"a","expires_at":"x","expires_at":null})")->unreadable_deadline);
}

TEST(facts, an_integration_that_starts_to_expire_is_believed) {
  const auto facts = extract_facts(kind::integration, R"({"slug":"a","expires_at":"2026-01-01T00:00:00Z"})");
  EXPECT_EQ(facts->expires_at, parse_date_time("2026-01-01T00:00:00Z"));
  EXPECT_EQ(facts->unknown_fields, 1);
}

TEST(facts, status_is_one_of_four_or_unknown) {
  EXPECT_EQ(key_facts(R"({"slug":"a","status":"archived"})")->status, record_status::archived);
  EXPECT_EQ(key_facts(R"({"slug":"a","status":"sleeping"})")->status, record_status::unknown);
  EXPECT_EQ(key_facts(R"({"slug":"a","status":"sleeping"})")->unknown_values, 1);
  EXPECT_EQ(key_facts(R"({"slug":"a"})")->status, record_status::unknown);
  EXPECT_EQ(key_facts(R"({"slug":"a"})")->unknown_values, 0);
}

}  // namespace
}  // namespace sidecache::records
