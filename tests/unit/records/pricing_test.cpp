// The rule of price multipliers: 1 leaves the price, a missing or null one inherits `default`, none changes nothing.
#include "sidecache/pricing.hpp"

#include <gtest/gtest.h>

#include <string>

#include "sidecache/parse.hpp"

namespace sidecache::records {
namespace {

pricing_adjustments pricing(std::string_view multiplier) {
  const auto parsed =
      parse_integration(R"({"slug":"a","pricing_adjustments":{"multiplier":)" + std::string(multiplier) + "}}");
  return parsed.value().pricing_adjustments.value();
}

struct rule_row {
  std::string_view multiplier;
  double expected;  ///< of request_token
};

class price_rule : public testing::TestWithParam<rule_row> {};

TEST_P(price_rule, decides_what_a_request_token_costs) {
  EXPECT_EQ(pricing(GetParam().multiplier).effective_multiplier(price_kind::request_token), GetParam().expected)
      << GetParam().multiplier;
}

INSTANTIATE_TEST_SUITE_P(table, price_rule,
                         testing::Values(rule_row{"{}", 1}, rule_row{"null", 1}, rule_row{R"({"default":0.8})", 0.8},
                                         rule_row{R"({"default":null})", 1}, rule_row{R"({"request_token":0.5})", 0.5},
                                         rule_row{R"({"default":0.8,"request_token":0.5})", 0.5},
                                         rule_row{R"({"default":0.8,"request_token":null})", 0.8},
                                         rule_row{R"({"default":0.8,"request_token":1})", 1},
                                         rule_row{R"({"default":0.8,"request_token":0})", 0},
                                         rule_row{R"({"default":0,"response_token":2})", 0},
                                         rule_row{R"({"response_token":2})", 1},
                                         rule_row{R"({"default":2,"request_token":-1})", 2},
                                         rule_row{R"({"default":-2})", 1}, rule_row{R"({"default":"0.8"})", 1},
                                         rule_row{R"({"default":2,"request_token":1e999})", 2}));

TEST(pricing, each_kind_has_its_own_field) {
  for (std::size_t i = 0; i < price_kind_count; ++i) {
    const auto kind = static_cast<price_kind>(i);
    const std::string own =
        kind == price_kind::image ? R"("image":{"default":3})" : "\"" + std::string(to_string(kind)) + "\":3";
    const auto prices = pricing(R"({"default":2,)" + own + "}");
    for (std::size_t j = 0; j < price_kind_count; ++j) {
      EXPECT_EQ(prices.effective_multiplier(static_cast<price_kind>(j)), i == j ? 3 : 2) << to_string(kind) << " " << j;
    }
  }
}

TEST(pricing, an_image_without_its_own_multiplier_inherits_the_default) {
  EXPECT_EQ(pricing(R"({"default":2,"image":null})").effective_multiplier(price_kind::image), 2);
  EXPECT_EQ(pricing(R"({"default":2,"image":{}})").effective_multiplier(price_kind::image), 2);
  EXPECT_EQ(pricing(R"({"default":2,"image":{"default":null}})").effective_multiplier(price_kind::image), 2);
  EXPECT_EQ(pricing(R"({"image":{"default":0.25}})").effective_multiplier(price_kind::image), 0.25);
}

TEST(pricing, additional_units_follow_the_same_rule) {
  const auto prices =
      pricing(R"({"default":0.9,"additional_units":{"web_search":1.5,"session":null,"web_search":1.6}})");
  EXPECT_EQ(prices.effective_multiplier_of_unit("web_search"), 1.6);
  EXPECT_EQ(prices.effective_multiplier_of_unit("session"), 0.9);
  EXPECT_EQ(prices.effective_multiplier_of_unit("thread"), 0.9);
  EXPECT_EQ(prices.additional_units.size(), 2);
  EXPECT_EQ(pricing(R"({"additional_units":null})").effective_multiplier_of_unit("thread"), 1);
}

TEST(pricing, drift_is_counted) {
  const auto parsed = parse_integration(R"({"slug":"a","pricing_adjustments":{"markup":1,"multiplier":{
    "default":-1,"video_token":2,"image":{"hd":2},"additional_units":{"a":-1,"b":"c"}}}})");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->drift.unknown_fields, 3);
  EXPECT_EQ(parsed->drift.unknown_values, 3);
}

}  // namespace
}  // namespace sidecache::records
