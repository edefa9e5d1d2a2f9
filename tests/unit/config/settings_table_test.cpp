// What must hold of every row, so that a setting added later is right in file, environment, flags and documents.
#include "config/settings_table.hpp"

#include <set>

#include "config/value_reader.hpp"
#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

TEST(settings_table_test, names_are_unique_in_every_source) {
  std::set<std::string> keys;
  std::set<std::string> variables;
  std::set<std::string> flags;
  for (const auto& what : settings_table()) {
    EXPECT_TRUE(keys.emplace(what.key).second) << what.key;
    EXPECT_TRUE(variables.insert(environment_name(what.key)).second) << what.key;
    EXPECT_TRUE(flags.insert(flag_name(what.key)).second) << what.key;
    EXPECT_FALSE(is_section(what.key)) << what.key << " is a setting and a section";
  }
  EXPECT_FALSE(variables.contains(std::string(config_variable)));
  EXPECT_FALSE(flags.contains("--config"));
  EXPECT_FALSE(flags.contains("--upstream"));
}

TEST(settings_table_test, no_setting_is_called_as_kubernetes_calls_a_service) {
  for (const auto& what : settings_table()) {
    EXPECT_FALSE(injected_by_kubernetes(environment_name(what.key), "30s")) << what.key;
    EXPECT_FALSE(injected_by_kubernetes(environment_name(what.key), "tcp://10.0.0.1:80")) << what.key;
  }
}

TEST(settings_table_test, names_follow_from_keys) {
  EXPECT_EQ(environment_name("cache.stale_if_error"), "SIDECACHE_CACHE_STALE_IF_ERROR");
  EXPECT_EQ(flag_name("cache.stale_if_error"), "--cache-stale-if-error");
  for (const auto& what : settings_table())
    EXPECT_EQ(what.key.find_first_not_of("abcdefghijklmnopqrstuvwxyz_."), std::string_view::npos) << what.key;
}

TEST(settings_table_test, every_default_is_a_value_that_the_setting_takes) {
  for (const auto& what : settings_table()) {
    settings values;
    std::vector<config_error> errors;
    EXPECT_TRUE(read_value(what, node_from_text(what, what.default_text, place{}), values, errors))
        << format_errors(errors);
  }
}

TEST(settings_table_test, bounds_are_held_at_both_ends) {
  for (const auto& what : settings_table()) {
    if (what.high == 0) continue;
    const auto text = [&](std::uint64_t n) {
      if (what.type == value_type::mode) return bound_text(what, n);
      return what.type == value_type::duration ? std::to_string(n) + "ns" : std::to_string(n);
    };
    EXPECT_EQ(read_number(what, text(what.low)), what.low) << what.key;
    EXPECT_EQ(read_number(what, text(what.high)), what.high) << what.key;
    EXPECT_EQ(read_number(what, text(what.high + 1)), std::nullopt) << what.key;
    if (what.low > 0) EXPECT_EQ(read_number(what, text(what.low - 1)), std::nullopt) << what.key;
  }
}

TEST(settings_table_test, every_setting_has_a_place_of_its_own) {
  // Two rows whose accessors point at the same member: setting one would change the other.
  settings values;
  std::set<const void*> places;
  for (const auto& what : settings_table()) {
    std::visit(
        [&]<class At>(At at) {
          if constexpr (!std::is_same_v<At, choice_access>) EXPECT_TRUE(places.insert(&at(values)).second) << what.key;
        },
        what.at);
  }
}

TEST(settings_table_test, a_choice_is_stored_as_the_word_that_was_given) {
  const std::vector<std::string> enums{"cache.freshness",        "log.level",       "log.format", "log.access",
                                       "upstream.forwarded_for", "upstream.hedging"};
  for (const auto& key : enums) {
    const auto& what = setting_of(key);
    const auto& at = std::get<choice_access>(what.at);
    for (std::size_t i = 0; i < what.words.size(); ++i) {
      settings values;
      at.set(values, i);
      EXPECT_EQ(at.get(values), i) << key;
    }
  }
  settings values;
  std::get<choice_access>(setting_of("cache.freshness").at).set(values, 1);
  EXPECT_EQ(values.plane.cache.lifetimes.freshness, freshness_rule::origin);
  std::get<choice_access>(setting_of("log.level").at).set(values, 3);
  EXPECT_EQ(values.log.level, log_level::warn);
  std::get<choice_access>(setting_of("log.format").at).set(values, 1);
  EXPECT_EQ(values.log.format, log_format::json);
  std::get<choice_access>(setting_of("log.access").at).set(values, 1);
  EXPECT_EQ(values.log.access, access_log::sampled);
}

TEST(settings_table_test, help_is_a_sentence) {
  for (const auto& what : settings_table()) {
    ASSERT_FALSE(what.help.empty()) << what.key;
    EXPECT_TRUE(what.help.ends_with('.')) << what.key;
    EXPECT_FALSE(what.help.contains('|')) << what.key << ": would end a cell of the README's table";
    EXPECT_EQ(what.type == value_type::count, !what.unit.empty()) << what.key;
    EXPECT_EQ(what.type == value_type::choice, !what.words.empty()) << what.key;
  }
}

TEST(settings_table_test, the_defaults_are_the_documented_ones) {
  using namespace std::chrono_literals;
  const settings s = default_settings();
  EXPECT_EQ(s.threads, 1U);
  ASSERT_EQ(s.plane.listen.size(), 1U);
  EXPECT_EQ(s.plane.listen[0].text, "127.0.0.1:9400");
  EXPECT_EQ(s.plane.prefixes, (std::vector<std::string>{"", "/v1", "/v2", "/api/v1"}));
  EXPECT_EQ(s.metrics.listen.port, 9401);
  EXPECT_EQ(s.admin.listen.port, 9402);
  EXPECT_EQ(s.plane.upstream.url.host, "api.portkey.ai");
  EXPECT_EQ(s.plane.cache.lifetimes.ttl, 30s);
  EXPECT_EQ(s.plane.cache.lifetimes.inactive_ttl, 5s);
  EXPECT_EQ(s.plane.cache.lifetimes.negative_ttl, 2s);
  EXPECT_EQ(s.plane.cache.lifetimes.stale_while_revalidate, 10s);
  EXPECT_EQ(s.plane.cache.lifetimes.stale_if_error, 72h);
  EXPECT_EQ(s.plane.cache.lifetimes.freshness, freshness_rule::shortest);
  EXPECT_EQ(s.plane.cache.cool_down, 10s);
  EXPECT_EQ(s.plane.cache.max_bytes, 64ULL << 20U);
  EXPECT_EQ(s.limits.connections, 10'000U);
  EXPECT_EQ(s.log.access, access_log::sampled);
  EXPECT_EQ(s.shutdown.delay, 0s);
  EXPECT_EQ(s.shutdown.linger, 0s);
  EXPECT_EQ(s.shutdown.grace, 25s);
  EXPECT_TRUE(s.plane.routes.empty());
}

}  // namespace
}  // namespace sidecache::config
