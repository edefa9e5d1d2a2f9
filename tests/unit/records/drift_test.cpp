// Schemas drift: what no schema names is kept where there is a place for it, counted, and never an error.
#include <gtest/gtest.h>

#include "records/date_time.hpp"
#include "records/facts.hpp"
#include "sample.hpp"

namespace sidecache::records {
namespace {

virtual_key key_with(std::string_view members) {
  return parse_virtual_key(R"({"slug":"a",)" + std::string(members) + "}").value();
}

TEST(drift, an_unknown_choice_keeps_its_text) {
  const auto record = key_with(R"("status":"paused","usage_limits":{"type":"minutes","periodic_reset":"hourly"},
                                  "rate_limits":[{"type":"images","unit":"rps","value":1}])");
  EXPECT_EQ(record.status, record_status::unknown);
  EXPECT_EQ(record.status.text, "paused");
  EXPECT_EQ(record.usage_limits->type.text, "minutes");
  EXPECT_EQ(record.usage_limits->periodic_reset.text, "hourly");
  EXPECT_EQ(record.rate_limits.at(0).type.text, "images");
  EXPECT_EQ(record.rate_limits.at(0).unit.text, "rps");
  EXPECT_EQ(record.drift.unknown_values, 5);
  EXPECT_EQ(record.drift.unknown_fields, 0);
}

TEST(drift, unknown_fields_are_counted_at_every_depth_once_each) {
  const auto record = key_with(R"("new":{"inside":1,"more":[{}]},"usage_limits":[{"new":1}],
                                  "rate_limits":[{"burst":{"a":1}}],"model_config":{"anything":1,"goes":2})");
  EXPECT_EQ(record.drift.unknown_fields, 3) << "what is inside an unknown field or a free object is not counted";
}

TEST(drift, a_field_of_another_type_is_absent_and_counted) {
  const auto record = key_with(R"("name":7,"note":{},"status":["active"],"usage_limits":"none","reset_usage":"3",
    "created_at":1699335116,"model_config":[],"rate_limits":5,"secret_mappings":[1],"key":true)");
  EXPECT_TRUE(record.name.empty());
  EXPECT_FALSE(record.note);
  EXPECT_EQ(record.status.text, R"(["active"])");
  EXPECT_FALSE(record.usage_limits);
  EXPECT_FALSE(record.reset_usage);
  EXPECT_EQ(record.created_at.value().text, "1699335116");
  EXPECT_FALSE(record.created_at.value().at);
  EXPECT_EQ(record.model_config, "[]");
  EXPECT_TRUE(record.rate_limits.empty());
  EXPECT_TRUE(record.secret_mappings.empty());
  EXPECT_EQ(record.drift.unknown_values, 10);
}

TEST(drift, numbers_out_of_range_are_counted_and_stop_nothing) {
  const auto record = key_with(R"("reset_usage":1e400,"usage_limits":{"credit_limit":0,"alert_threshold":-1,
    "periodic_reset_days":99999999999999999999999999},"rate_limits":[{"value":1.5}],"name":"n")");
  EXPECT_FALSE(record.reset_usage);
  EXPECT_EQ(record.usage_limits->credit_limit, 0);
  EXPECT_EQ(record.usage_limits->alert_threshold, -1);
  EXPECT_FALSE(record.usage_limits->periodic_reset_days);
  EXPECT_FALSE(record.rate_limits.at(0).value);
  EXPECT_EQ(record.name, "n");
  EXPECT_EQ(record.drift.unknown_values, 5);
  EXPECT_EQ(key_with(R"("reset_usage":1e-400)").reset_usage, 0) << "too small is merely nothing";
  EXPECT_EQ(key_with(R"("rate_limits":[{"value":600.0}])").rate_limits.at(0).value, 600);
}

TEST(drift, where_a_name_stands_twice_the_last_one_counts_for_the_cache_and_for_typed_records) {
  constexpr std::string_view body = R"({"slug":"first","slug":"last","status":"active","status":"expired",
    "expires_at":"2025-01-01T00:00:00Z","expires_at":null,"name":"x","name":null,
    "usage_limits":{"credit_limit":1,"next_usage_reset_at":"2025-01-01T00:00:00Z"},"usage_limits":{"type":"cost"}})";
  const auto facts = extract_facts(kind::virtual_key, body).value();
  const auto typed = parse_virtual_key(body).value();
  EXPECT_EQ(facts.slug, "last");
  EXPECT_EQ(typed.slug, "last");
  EXPECT_EQ(facts.status, record_status::expired);
  EXPECT_EQ(typed.status, record_status::expired);
  EXPECT_FALSE(facts.expires_at);
  EXPECT_FALSE(typed.expires_at);
  EXPECT_TRUE(typed.name.empty());
  EXPECT_FALSE(facts.next_usage_reset_at);
  EXPECT_FALSE(typed.usage_limits->credit_limit);
  EXPECT_FALSE(extract_facts(kind::virtual_key, R"({"slug":"a","slug":1})"));
}

TEST(drift, escapes_are_undone_in_names_and_values) {
  const auto record = parse_virtual_key(
      R"({"sl\u0075g":"a\"b\\c\/d\b\f\n\r\t\u00e9\ud83d\ude00","name":"a\u0000b","note":"cut \ud83d","tags":"\udc00"})");
  ASSERT_TRUE(record);
  EXPECT_EQ(record->slug, "a\"b\\c/d\b\f\n\r\t\u00e9\U0001F600");
  EXPECT_EQ(record->name, std::string("a\0b", 3));
  EXPECT_EQ(record->note, "cut \uFFFD") << "a lone surrogate, as JavaScript writes it where it cut an emoji";
  EXPECT_EQ(record->tags, R"("\udc00")");
}

}  // namespace
}  // namespace sidecache::records
