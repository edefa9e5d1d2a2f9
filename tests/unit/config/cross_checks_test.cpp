// Settings that are right one by one and wrong together.
#include "config/cross_checks.hpp"

#include <unistd.h>

#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

using cross_checks_test = loading;

struct contradiction {
  const char* name;
  const char* yaml;
  const char* complaint;
};

const contradiction contradictions[] = {
    {"404s longer than records", "cache: {ttl: 5s, negative_ttl: 10s}\n",
     "sidecache.yaml:1:32: cache.negative_ttl: expected at most cache.ttl (5s), found 10s\n"},
    {"inactive longer than active", "cache: {inactive_ttl: 31s}\n",
     "sidecache.yaml:1:23: cache.inactive_ttl: expected at most cache.ttl (30s), found 31s\n"},
    {"connecting longer than all of it", "upstream: {timeout: 1s, connect_timeout: 2s}\n",
     "sidecache.yaml:1:42: upstream.connect_timeout: expected at most upstream.timeout (1s), found 2s\n"},
    {"a head longer than a connection may hold", "limits: {header_bytes: 512KiB}\n",
     "sidecache.yaml:1:24: limits.header_bytes: expected at most limits.buffered_bytes_per_connection (256KiB), found "
     "512KiB\n"},
    {"a record longer than all messages may be", "limits: {record_bytes: 1MiB, buffered_bytes: 512KiB}\n",
     "sidecache.yaml:1:24: limits.record_bytes: expected at most limits.buffered_bytes (512KiB), found 1MiB\n"},
    {"a target longer than its head", "limits: {header_bytes: 4KiB, target_bytes: 5KiB}\n",
     "sidecache.yaml:1:44: limits.target_bytes: expected at most limits.header_bytes (4KiB), found 5KiB\n"},
    {"records that fit no cache", "cache: {max_bytes: 1MiB}\nlimits: {record_bytes: 2MiB}\n",
     "sidecache.yaml:2:24: limits.record_bytes: expected at most cache.max_bytes (1MiB), found 2MiB\n"},
    {"an address twice", "listen: [127.0.0.1:1, 127.0.0.1:1]\n",
     "sidecache.yaml:1:9: listen[1]: expected an address that listen[0] does not take already, found "
     "\"127.0.0.1:1\"\n"},
    {"metrics on the proxy's", "metrics: {listen: 127.0.0.1:9400}\n",
     "sidecache.yaml:1:19: metrics.listen: expected an address that listen does not take already, found "
     "\"127.0.0.1:9400\"\n"},
    {"the proxy on a default's", "listen: 127.0.0.1:9402\n",
     "sidecache.yaml:1:9: listen: expected an address that admin.listen does not take already, found "
     "\"127.0.0.1:9402\"\n"},
    {"every address and one", "listen: 0.0.0.0:9401\n",
     "sidecache.yaml:1:9: listen: expected an address that metrics.listen does not take already, found "
     "\"0.0.0.0:9401\"\n"},
    {"a socket twice", "listen: ['unix:/run/s', 'unix:/run/s']\n",
     "sidecache.yaml:1:9: listen[1]: expected an address that listen[0] does not take already, found "
     "\"unix:/run/s\"\n"},
    {"its own control plane", "upstream: {url: 'http://127.0.0.1:9400'}\n",
     "sidecache.yaml:1:17: upstream.url: expected the control plane, not sidecache's own listen, found "
     "\"http://127.0.0.1:9400\"\n"},
    {"one of its control planes", "upstream: {urls: ['http://cp.example', 'http://127.0.0.1:9400']}\n",
     "sidecache.yaml:1:18: upstream.urls: expected the control plane, not sidecache's own listen, found "
     "\"http://127.0.0.1:9400\"\n"},
    {"one control plane and several", "upstream: {url: 'http://a.example', urls: ['http://b.example']}\n",
     "sidecache.yaml:1:43: upstream.urls: expected either upstream.urls or upstream.url, found both\n"},
    {"weights here and there", "upstream: {urls: ['http://a.example weight=2', 'http://b.example']}\n",
     "sidecache.yaml:1:18: upstream.urls: expected a weight on each, or on none, found some without\n"},
    {"a control plane twice", "upstream: {urls: ['http://a.example', 'http://a.example/x']}\n",
     "sidecache.yaml:1:18: upstream.urls: expected each host and port once, found \"http://a.example/x\" again\n"},
    {"https without a certificate", "listen: [127.0.0.1:1, 'https://127.0.0.1:2']\n",
     "sidecache.yaml:1:9: listen[1]: expected tls.certificate_file beside https://, found \"https://127.0.0.1:2\"\n"},
    {"a key of no certificate", "tls: {key_file: /dev/null}\n",
     "sidecache.yaml:1:17: tls.key_file: expected tls.certificate_file beside it, found it alone\n"},
    {"a prefix twice", "prefixes: [/v1, /v1]\n",
     "sidecache.yaml:1:11: prefixes: expected each prefix once, found \"/v1\" twice\n"},
    {"a file that isn't there", "upstream: {ca_file: /nowhere/ca.pem}\n",
     "sidecache.yaml:1:21: upstream.ca_file: expected a file that sidecache may read, found a file that is not there "
     "(\"/nowhere/ca.pem\")\n"},
    {"a secret file that isn't there", "admin: {token_file: /nowhere/token}\n",
     "sidecache.yaml:1:21: admin.token_file: expected a file that sidecache may read, found a file that is not "
     "there\n"},
    {"a folder", "upstream: {ca_file: /}\n",
     "sidecache.yaml:1:21: upstream.ca_file: expected a file that sidecache may read, found a directory (\"/\")\n"},
    {"a token of nothing", "admin: {token_file: /dev/null}\n",
     "sidecache.yaml:1:21: admin.token_file: expected a file that sidecache may read, found an empty file\n"},
    {"a key without certificate", "upstream: {client_key_file: /dev/null}\n",
     "sidecache.yaml:1:29: upstream.client_key_file: expected upstream.client_certificate_file beside it, found it "
     "alone\n"},
    {"certificates without TLS", "upstream: {url: 'http://host', ca_file: /dev/null}\n",
     "sidecache.yaml:1:41: upstream.ca_file: expected an upstream.url that begins with https://, found http://\n"},
    {"credentials for no proxy", "upstream: {proxy: direct, proxy_credentials_file: /dev/null}\n",
     "sidecache.yaml:1:51: upstream.proxy_credentials_file: expected an upstream.proxy that names a proxy, found "
     "direct\n"},
    {"a route twice", "routes: [{path: /integrations/a}, {path: /integrations/a}]\n",
     "sidecache.yaml:1:42: routes[1].path: expected a path that routes[0] (/integrations/a) does not match already, "
     "found \"/integrations/a\", which is never reached\n"},
    {"a route behind its kind's", "routes: [{path: /integrations/*}, {path: /integrations/a}]\n",
     "sidecache.yaml:1:42: routes[1].path: expected a path that routes[0] (/integrations/*) does not match already, "
     "found \"/integrations/a\", which is never reached\n"},
    {"a route's 404s longer than its records", "routes: [{path: /integrations/*, ttl: 1s, negative_ttl: 2s}]\n",
     "sidecache.yaml:1:57: routes[0].negative_ttl: expected at most the route's ttl (1s), found 2s\n"},
    {"a route's inactive longer than the cache's TTL", "routes: [{path: /integrations/*, inactive_ttl: 1m}]\n",
     "sidecache.yaml:1:48: routes[0].inactive_ttl: expected at most the route's ttl (30s), found 1m\n"},
};

TEST_F(cross_checks_test, contradictions_are_told_before_anything_is_bound) {
  for (const auto& row : contradictions) EXPECT_EQ(complaints(from_yaml(row.yaml)), row.complaint) << row.name;
}

TEST_F(cross_checks_test, the_source_of_the_offending_value_is_named_whichever_it_is) {
  sources from = from_environment({{"SIDECACHE_CACHE_NEGATIVE_TTL", "10s"}});
  from.flags = {{"cache.ttl", "5s"}};
  EXPECT_EQ(
      complaints(from),
      "environment SIDECACHE_CACHE_NEGATIVE_TTL: cache.negative_ttl: expected at most cache.ttl (5s), found 10s\n");
}

TEST_F(cross_checks_test, what_fits_is_left_alone) {
  const char* fine[] = {
      "listen: ['127.0.0.1:0', '127.0.0.1:0']\n",  // each gets a free port of its own
      "listen: ['127.0.0.1:9401', '[::]:9400']\nmetrics: {listen: '127.0.0.2:9401'}\n",
      "cache: {ttl: 1s}\n",         // below the default of inactive_ttl
      "upstream: {timeout: 1s}\n",  // below the default of connect_timeout
      "routes: [{path: /integrations/a}, {path: /integrations/*}, {path: /providers/a}]\n",
      "upstream: {url: 'http://127.0.0.1:9403'}\n",
  };
  for (const auto* yaml : fine) EXPECT_EQ(complaints(from_yaml(yaml)), "") << yaml;
}

TEST_F(cross_checks_test, a_wrong_value_brings_no_second_error_with_it) {
  EXPECT_EQ(complaints(from_yaml("cache: {ttl: x, negative_ttl: 1m}\n")),
            "sidecache.yaml:1:14: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"x\"\n");
  EXPECT_FALSE(complaints(from_yaml("upstream: {client_certificate_file: [], client_key_file: /dev/null}\n"))
                   .contains("beside it"));
}

TEST_F(cross_checks_test, defaults_give_way_to_a_shorter_ttl) {
  const auto loaded =
      load(from_yaml("cache: {ttl: 1s}\nroutes: [{path: /providers/*, ttl: 500ms, freshness: origin}]\n"));
  ASSERT_TRUE(loaded);
  const auto& plane = loaded->values.plane;
  EXPECT_EQ(plane.lifetimes().ttl, 1s);
  EXPECT_EQ(plane.lifetimes().inactive_ttl, 1s);
  EXPECT_EQ(plane.lifetimes().negative_ttl, 1s);
  const auto route = plane.lifetimes_of(plane.routes[0]);
  EXPECT_EQ(route.ttl, 500ms);
  EXPECT_EQ(route.inactive_ttl, 500ms);
  EXPECT_EQ(route.negative_ttl, 500ms);
  EXPECT_EQ(route.stale_if_error, 72h);
  EXPECT_EQ(route.freshness, freshness_rule::origin);
}

TEST_F(cross_checks_test, a_file_without_permission_is_told) {
  if (geteuid() == 0) {
    const std::string gone = folder_ / "gone";
    EXPECT_NE(complaints(from_environment({{"SIDECACHE_UPSTREAM_CA_FILE", gone}})), "") << "root may read everything";
    return;
  }
  const auto path = file("ca.pem", "x");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  EXPECT_TRUE(complaints(from_environment({{"SIDECACHE_UPSTREAM_CA_FILE", path}})).contains("that can't be read"));
}

TEST_F(cross_checks_test, routes_reach_what_a_data_plane_is_asked_for) {
  const auto loaded =
      load(from_yaml("plane: data\nroutes: [{path: /prompts/partials/p}, {path: /prompts/*}, {path: /configs/*}, "
                     "{path: /guardrails/g}]\n"));
  ASSERT_TRUE(loaded);
  std::vector<std::pair<records::kind, std::string>> reached;
  for (const auto& each : loaded->values.planes.front().routes) reached.emplace_back(each.kind, each.ident);
  using enum records::kind;
  EXPECT_EQ(reached, (std::vector<std::pair<records::kind, std::string>>{
                         {prompt_partial, "p"}, {prompt, ""}, {config, ""}, {guardrail, "g"}}));
}

}  // namespace
}  // namespace sidecache::config
