// A flag beats the environment beats the file beats the default, and it is known of every value where it comes from.
#include <chrono>

#include "config/settings_table.hpp"
#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

using precedence_test = loading;

TEST_F(precedence_test, nothing_given_is_all_defaults) {
  const auto loaded = load({});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values, default_settings());
  ASSERT_EQ(loaded->in_effect.size(), settings_table().size());
  for (std::size_t i = 0; i < settings_table().size(); ++i) {
    EXPECT_EQ(loaded->in_effect[i].what, &settings_table()[i]);
    EXPECT_EQ(loaded->in_effect[i].text, settings_table()[i].default_text);
    EXPECT_EQ(loaded->in_effect[i].source.describe(), "default");
  }
}

TEST_F(precedence_test, each_source_beats_the_one_before) {
  sources from;
  EXPECT_EQ(load(from)->values.plane.cache.lifetimes.ttl, 30s);

  from = from_yaml("threads: 2\ncache:\n  ttl: 40s\n");
  auto loaded = load(from);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values.plane.cache.lifetimes.ttl, 40s);
  EXPECT_EQ(in_effect(*loaded, "cache.ttl").source.describe(), *from.file + ":3:8");

  from.environment = {{"SIDECACHE_CACHE_TTL", "50s"}};
  loaded = load(from);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values.plane.cache.lifetimes.ttl, 50s);
  EXPECT_EQ(in_effect(*loaded, "cache.ttl").source.describe(), "environment SIDECACHE_CACHE_TTL");

  from.flags = {{"cache.ttl", "60s"}};
  loaded = load(from);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values.plane.cache.lifetimes.ttl, 60s);
  EXPECT_EQ(in_effect(*loaded, "cache.ttl").source.describe(), "flag --cache-ttl");
  EXPECT_EQ(in_effect(*loaded, "cache.ttl").text, "60s");
  EXPECT_EQ(loaded->values.threads, 2U) << "what the stronger sources leave open is the file's";
}

TEST_F(precedence_test, a_list_takes_the_place_of_the_weaker_list) {
  sources from = from_yaml("listen: [127.0.0.1:1000, 127.0.0.1:1001]\nroutes: [{path: /integrations/*, ttl: 1s}]\n");
  from.environment = {{"SIDECACHE_LISTEN", "127.0.0.1:2000"}, {"SIDECACHE_ROUTES", ""}};
  const auto loaded = load(from);
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->values.plane.listen.size(), 1U);
  EXPECT_EQ(loaded->values.plane.listen[0].port, 2000);
  EXPECT_TRUE(loaded->values.plane.routes.empty());
}

TEST_F(precedence_test, a_wrong_value_is_told_even_where_a_stronger_one_would_win) {
  sources from = from_yaml("cache: {ttl: soon}\n");
  from.flags = {{"cache.ttl", "60s"}};
  EXPECT_EQ(complaints(from),
            "sidecache.yaml:1:14: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"soon\"\n");
}

TEST_F(precedence_test, the_file_is_named_by_flag_or_else_by_environment) {
  const std::string one = file("one.yaml", "threads: 1\n");
  const std::string two = file("two.yaml", "threads: 2\n");
  sources from = from_environment({{"SIDECACHE_CONFIG", two}});
  EXPECT_EQ(load(from)->values.threads, 2U);
  from.file = one;
  EXPECT_EQ(load(from)->values.threads, 1U);
  EXPECT_EQ(load(from_environment({{"SIDECACHE_CONFIG", ""}}))->values, default_settings());
}

TEST_F(precedence_test, a_named_file_must_be_there) {
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_CONFIG", folder_ / "gone.yaml"}})),
            "gone.yaml: expected a config file, found none\n");
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_CONFIG", file("f", "") + "/x"}})),
            "f/x: expected a config file, found none\n");
  sources from;
  from.file = folder_;
  EXPECT_TRUE(complaints(from).ends_with("expected a config file, found one that can't be read\n"));
  from.file = file("long.yaml", std::string(1024UL * 1024 + 1, '#'));
  EXPECT_EQ(complaints(from), "long.yaml: expected a config file of at most 1MiB, found a longer one\n");
}

TEST_F(precedence_test, what_is_shown_means_the_same_when_it_is_given_again) {
  sources from = from_yaml(R"(
listen: [127.0.0.1:1000, "unix:/run/sidecache.sock", "[::1]:1001"]
prefixes: ["", /v1, /albus]
threads: 4
cache: {ttl: 90s, max_bytes: 100MB, freshness: origin}
log: {access: all}
routes:
  - {ttl: 1m, path: /integrations/main, freshness: settings}
  - {path: /integrations/*, negative_ttl: 1s, inactive_ttl: 1s, stale_if_error: 1d, stale_while_revalidate: 0}
)");
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << complaints(from);
  sources again;
  for (const auto& row : loaded->in_effect) again.environment.emplace_back(environment_name(row.what->key), row.text);
  const auto reloaded = load(again);
  ASSERT_TRUE(reloaded) << complaints(again);
  EXPECT_EQ(reloaded->values, loaded->values);
  EXPECT_NE(reloaded->values, default_settings());
}

}  // namespace
}  // namespace sidecache::config
