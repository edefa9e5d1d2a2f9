// Settings from the environment, beside what Kubernetes puts there.
#include "config/environment.hpp"

#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using environment_test = loading;

TEST_F(environment_test, lists_are_parted_at_commas) {
  const auto loaded = load(from_environment(
      {{"SIDECACHE_LISTEN", "127.0.0.1:1000, unix:/run/s.sock"}, {"SIDECACHE_PREFIXES", ",/v1, /albus"}}));
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->values.plane.listen.size(), 2U);
  EXPECT_EQ(loaded->values.plane.listen[1].path, "/run/s.sock");
  EXPECT_EQ(loaded->values.plane.prefixes, (std::vector<std::string>{"", "/v1", "/albus"}));
  EXPECT_EQ(load(from_environment({{"SIDECACHE_PREFIXES", "\"\", /v9"}}))->values.plane.prefixes,
            (std::vector<std::string>{"", "/v9"}));
}

TEST_F(environment_test, routes_are_a_line_of_text) {
  using namespace std::chrono_literals;
  const auto loaded = load(from_environment(
      {{"SIDECACHE_ROUTES", "/integrations/main ttl=10s freshness=origin,  /providers/* stale_if_error=1h"}}));
  ASSERT_TRUE(loaded);
  const auto& routes = loaded->values.plane.routes;
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].kind, records::kind::integration);
  EXPECT_EQ(routes[0].ident, "main");
  EXPECT_EQ(routes[0].ttl, 10s);
  EXPECT_EQ(routes[0].freshness, freshness_rule::origin);
  EXPECT_EQ(routes[1].ident, "");
  EXPECT_EQ(routes[1].stale_if_error, 1h);
  EXPECT_EQ(
      complaints(from_environment({{"SIDECACHE_ROUTES", "/integrations/* ttl"}})),
      "environment SIDECACHE_ROUTES: routes[0].ttl: expected a duration from 0s to 7d, such as 30s, found nothing\n");
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_ROUTES", "/integrations/* ttl=1s ttl=2s"}})),
            "environment SIDECACHE_ROUTES: routes[0].ttl: a key that stands there already\n");
}

TEST_F(environment_test, a_wrong_value_names_its_variable) {
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_THREADS", "many"}, {"SIDECACHE_CACHE_TTL", ""}})),
            "environment SIDECACHE_THREADS: threads: expected a whole number from 1 to 256, found \"many\"\n"
            "environment SIDECACHE_CACHE_TTL: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"\"\n");
}

TEST_F(environment_test, an_unknown_variable_is_an_error) {
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_CACHE_TLL", "30s"}})),
            "environment SIDECACHE_CACHE_TLL: unknown variable; did you mean SIDECACHE_CACHE_TTL?\n");
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_CONFG", "x"}})),
            "environment SIDECACHE_CONFG: unknown variable; did you mean SIDECACHE_CONFIG?\n");
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_METRICS_PORT", "9401"}})),
            "environment SIDECACHE_METRICS_PORT: unknown variable\n")
      << "Kubernetes would have put an address there";
}

TEST_F(environment_test, other_programs_variables_are_not_looked_at) {
  EXPECT_EQ(complaints(from_environment({{"PATH", "/bin"}, {"SIDECACHES_TTL", "x"}, {"sidecache_ttl", "x"}})), "");
}

TEST_F(environment_test, what_kubernetes_injects_is_ignored) {
  EXPECT_EQ(complaints(from_environment({
                {"SIDECACHE_PORT", "tcp://10.0.0.1:9400"},
                {"SIDECACHE_PORT_", ""},
                {"SIDECACHE_SERVICE_HOST", "10.0.0.1"},
                {"SIDECACHE_SERVICE_X", "10.0.0.1"},
                {"SIDECACHE_SERVICE_PORT", "9400"},
                {"SIDECACHE_SERVICE_PORT_HTTP", "9400"},
                {"SIDECACHE_PORT_9400_TCP", "tcp://10.0.0.1:9400"},
                {"SIDECACHE_PORT_9400_TCP_ADDR", "10.0.0.1"},
                {"SIDECACHE_PORT_9400_TCP_PROTO", "tcp"},
                // of a Service that is named sidecache-metrics
                {"SIDECACHE_METRICS_PORT", "tcp://10.0.0.2:9401"},
                {"SIDECACHE_METRICS_SERVICE_HOST", "10.0.0.2"},
                {"SIDECACHE_METRICS_SERVICE_PORT", "9401"},
                {"SIDECACHE_METRICS_SERVICE_PORT_METRICS", "9401"},
                {"SIDECACHE_METRICS_PORT_9401_TCP", "tcp://10.0.0.2:9401"},
                {"SIDECACHE_METRICS_PORT_9401_TCP_PORT", "9401"},
            })),
            "");
}

TEST_F(environment_test, only_our_own_variables_are_taken_from_the_process) {
  ASSERT_EQ(setenv("SIDECACHE_TEST_VARIABLE", "a=b", 1), 0);
  const auto variables = process_environment();
  unsetenv("SIDECACHE_TEST_VARIABLE");
  EXPECT_NE(std::ranges::find(variables, environment::value_type{"SIDECACHE_TEST_VARIABLE", "a=b"}), variables.end());
  EXPECT_TRUE(std::ranges::all_of(variables, [](const auto& v) { return v.first.starts_with("SIDECACHE_"); }));
}

}  // namespace
}  // namespace sidecache::config
