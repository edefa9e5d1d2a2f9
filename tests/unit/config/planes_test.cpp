// Several planes: what each has for itself, what they may share, and what they may not.
#include <algorithm>

#include "config/settings_table.hpp"
#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using namespace std::chrono_literals;

class planes_test : public loading {
 protected:
  /// The planes that such a file makes.
  std::vector<plane_settings> planes(std::string_view yaml) {
    const auto from = from_yaml(yaml);
    auto loaded = load(from);
    if (!loaded) ADD_FAILURE() << complaints(from);
    return loaded ? loaded->values.planes : std::vector<plane_settings>{};
  }
};

TEST_F(planes_test, without_them_the_top_level_makes_the_only_one) {
  const auto one = planes("cache: {ttl: 1m}\nprefix: /cp\n");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].name, "admin");
  EXPECT_EQ(one[0].kind, plane_kind::admin);
  EXPECT_EQ(one[0].prefix, "/cp");
  EXPECT_EQ(one[0].cache.lifetimes.ttl, 1min);
  EXPECT_EQ(planes("planes: []\n"), default_settings().planes);
}

TEST_F(planes_test, each_has_its_own_settings_and_begins_with_the_defaults) {
  const auto two = planes(R"(
threads: 2
planes:
  - {plane: admin, prefix: /cp, cache: {ttl: 1m}, upstream: {url: 'http://cp.example', timeout: 3s}}
  - plane: data
    name: gateway
    prefix: /albus
    listen: [127.0.0.1:9400, 'unix:/run/sidecache']
    prefixes: [""]
    breaker: {probes: 7}
    routes: [{path: /virtual-keys/*, ttl: 1s}]
)");
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].cache.lifetimes.ttl, 1min);
  EXPECT_EQ(two[0].cache.lifetimes.stale_while_revalidate, 10s);
  EXPECT_EQ(two[0].upstream.url.host, "cp.example");
  EXPECT_EQ(two[0].listen[0].port, 9400);
  EXPECT_EQ(two[0].breaker.probes, 3U);
  EXPECT_TRUE(two[0].routes.empty());
  EXPECT_EQ(two[1].name, "gateway");
  EXPECT_EQ(two[1].listen.size(), 2U);
  EXPECT_EQ(two[1].prefixes, std::vector<std::string>{""});
  EXPECT_EQ(two[1].breaker.probes, 7U);
  ASSERT_EQ(two[1].routes.size(), 1U);
  EXPECT_EQ(two[1].upstream.timeout, 30s);
}

TEST_F(planes_test, a_data_plane_has_other_defaults_however_it_became_one) {
  const auto expect_data = [](const plane_settings& plane) {
    EXPECT_EQ(plane.kind, plane_kind::data);
    EXPECT_EQ(plane.name, "data");
    EXPECT_EQ(plane.upstream.url.text, "https://albus.portkey.ai");
    EXPECT_EQ(plane.cache.lifetimes.ttl, 10s);
    EXPECT_EQ(plane.cache.lifetimes.stale_while_revalidate, 0s);
    EXPECT_EQ(plane.cache.stale_after, 1h);
    EXPECT_EQ(plane.cache.lifetimes.stale_if_error, 72h);
  };
  expect_data(planes("planes: [{plane: data}]\n")[0]);
  expect_data(load(from_environment({{"SIDECACHE_PLANE", "data"}}))->values.planes[0]);
  expect_data(load(from_flags({{"plane", "data"}}))->values.planes[0]);
  EXPECT_EQ(load(from_flags({{"plane", "data"}, {"cache.ttl", "3s"}}))->values.planes[0].cache.lifetimes.ttl, 3s);
  EXPECT_EQ(planes("planes: [{cache: {ttl: 3s}, plane: data}]\n")[0].cache.lifetimes.ttl, 3s);
}

TEST_F(planes_test, a_line_of_flow_yaml_means_the_same) {
  const char* const text = "[{plane: admin, prefix: /cp}, {plane: data, listen: '127.0.0.1:9500', cache: {ttl: 0s}}]";
  const auto expected = planes("planes: " + std::string(text) + "\n");
  EXPECT_EQ(load(from_environment({{"SIDECACHE_PLANES", text}}))->values.planes, expected);
  EXPECT_EQ(load(from_flags({{"planes", text}}))->values.planes, expected);
  EXPECT_EQ(complaints(from_environment({{"SIDECACHE_PLANES", "[{plane: data, cache: {ttl: soon}}]"}})),
            "environment SIDECACHE_PLANES: planes[0].cache.ttl: expected a duration from 0s to 7d, such as 30s, found "
            "\"soon\"\n");
}

TEST_F(planes_test, sync_at_the_top_is_the_default_of_data_planes) {
  const auto three = planes(R"(
sync: {interval: 1m, heal: true}
planes:
  - {plane: data, name: a, prefix: /a}
  - {plane: data, name: b, prefix: /b, sync: {interval: 5s}}
  - {plane: admin}
)");
  ASSERT_EQ(three.size(), 3U);
  EXPECT_EQ(three[0].sync.interval, 1min);
  EXPECT_TRUE(three[0].sync.heal);
  EXPECT_EQ(three[1].sync.interval, 5s);
  EXPECT_TRUE(three[1].sync.heal);
  EXPECT_EQ(three[2].sync.interval, 30s);
  EXPECT_FALSE(three[2].sync.heal);
}

TEST_F(planes_test, asking_for_changes_takes_an_identifier_and_a_credential) {
  const std::string key = file("key", "sealed\n");
  const auto one = planes("plane: data\nsync: {poll_path: '/v1/organisation/o/sync/1?version=2', identifier_file: " +
                          std::string(folder_ / "not-there-yet") + ", credential_file: " + key + "}\n");
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].sync.poll_path, "/v1/organisation/o/sync/1?version=2");
  EXPECT_EQ(one[0].sync.credential_file, key);
}

TEST_F(planes_test, the_environments_proxy_is_each_planes_where_it_leaves_it_open) {
  sources from = from_yaml(R"(
planes:
  - {plane: admin, prefix: /cp, upstream: {proxy: direct}}
  - {plane: data, prefix: /albus}
)");
  from.environment = {{"https_proxy", "http://egress.example:3128"}};
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << complaints(from);
  EXPECT_EQ(loaded->values.planes[0].upstream.proxy, "direct");
  EXPECT_EQ(loaded->values.planes[1].upstream.proxy, "http://egress.example:3128");
}

TEST_F(planes_test, what_is_in_effect_is_told_plane_by_plane) {
  const auto from = from_yaml(R"(
threads: 2
planes:
  - {plane: admin, prefix: /cp}
  - {plane: data, prefix: /albus, sync: {credential_file: )" +
                              file("key", "sealed") + R"(}}
)");
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << complaints(from);
  const auto row = [&](std::string_view key) {
    const auto at = std::ranges::find(loaded->in_effect, key, &setting_in_effect::key);
    EXPECT_NE(at, loaded->in_effect.end()) << key;
    return at == loaded->in_effect.end() ? setting_in_effect{} : *at;
  };
  EXPECT_EQ(row("threads").text, "2");
  EXPECT_EQ(row("planes[0].cache.ttl").text, "30s");
  EXPECT_EQ(row("planes[1].cache.ttl").text, "10s");
  EXPECT_EQ(row("planes[1].cache.ttl").default_text, "10s");
  EXPECT_EQ(row("planes[1].prefix").source.describe(), (folder_ / "sidecache.yaml").string() + ":5:27");
  EXPECT_EQ(row("planes[1].sync.credential_file").text, "(set)");
  for (const auto& each : loaded->in_effect) {
    EXPECT_NE(each.key, "cache.ttl") << "there is none at the top";
    EXPECT_FALSE(each.text.contains(folder_.string() + "/key")) << each.key;
  }
}

TEST_F(planes_test, what_is_shown_of_them_means_the_same_when_it_is_given_again) {
  const auto loaded = load(from_yaml(R"(
sync: {interval: 1m}
planes:
  - {plane: admin, listen: ["127.0.0.1:1", "unix:/run/a \"b\" \\"], prefixes: ["", /x]}
  - {plane: data, prefix: /albus, routes: [{path: /virtual-keys/*, ttl: 1s}]}
)"));
  ASSERT_TRUE(loaded);
  const auto again = load(from_environment({{"SIDECACHE_PLANES", in_effect(*loaded, "planes").text},
                                            {"SIDECACHE_SYNC_INTERVAL", in_effect(*loaded, "sync.interval").text}}));
  ASSERT_TRUE(again) << in_effect(*loaded, "planes").text;
  EXPECT_EQ(again->values.planes, loaded->values.planes);
}

struct refusal {
  const char* name;
  const char* yaml;
  const char* complaint;
};

const refusal refusals[] = {
    {"no list", "planes: {plane: data}\n",
     "sidecache.yaml:1:9: planes: expected a list of at most 16 maps, each with the settings of a plane, such as "
     "[{plane: data, prefix: /albus}], found a map\n"},
    {"no map", "planes: [{plane: data}, data]\n",
     "sidecache.yaml:1:25: planes[1]: expected a list of at most 16 maps, each with the settings of a plane, such as "
     "[{plane: data, prefix: /albus}], found a single value\n"},
    {"a key that there is none of", "planes: [{plane: data}, {prefix: /x, cahce: {}}]\n",
     "sidecache.yaml:1:38: planes[1].cahce: unknown key; did you mean cache?\n"},
    {"a key of the process", "planes: [{threads: 2}]\n",
     "sidecache.yaml:1:11: planes[0].threads: expected it at the top level, for it belongs to the whole process, found "
     "it in a plane\n"},
    {"planes in a plane", "planes: [{planes: [{plane: data}]}]\n",
     "sidecache.yaml:1:11: planes[0].planes: expected it at the top level, for it belongs to the whole process, found "
     "it in a plane\n"},
    {"a wrong value", "planes: [{plane: admin}, {prefix: /b, name: b, cache: {ttl: soon}}]\n",
     "sidecache.yaml:1:61: planes[1].cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"soon\"\n"},
    {"a wrong kind", "planes: [{plane: dta}]\n",
     "sidecache.yaml:1:18: planes[0].plane: expected one of admin, data, found \"dta\"\n"},
    {"values that do not fit", "planes: [{cache: {ttl: 5s, negative_ttl: 10s}}]\n",
     "sidecache.yaml:1:42: planes[0].cache.negative_ttl: expected at most planes[0].cache.ttl (5s), found 10s\n"},
    {"values that do not fit a data plane's defaults", "planes: [{plane: data, cache: {negative_ttl: 11s}}]\n",
     "sidecache.yaml:1:46: planes[0].cache.negative_ttl: expected at most planes[0].cache.ttl (10s), found 11s\n"},
    {"a route that is never reached", "planes: [{routes: [{path: /providers/*}, {path: /providers/x}]}]\n",
     "sidecache.yaml:1:49: planes[0].routes[1].path: expected a path that routes[0] (/providers/*) does not match "
     "already, found \"/providers/x\", which is never reached\n"},
    {"a key at the top too", "cache: {ttl: 1m}\nplanes: [{plane: data}]\n",
     "sidecache.yaml:1:14: cache.ttl: expected either cache.ttl or planes (sidecache.yaml:2:9), where each plane has "
     "its own, found both\n"},
    {"a kind at the top too", "plane: data\nplanes: [{plane: data}]\n",
     "sidecache.yaml:1:8: plane: expected either plane or planes (sidecache.yaml:2:9), where each plane has its own, "
     "found both\n"},
    {"one address and no prefix", "planes: [{plane: admin}, {plane: data}]\n",
     "sidecache.yaml:1:26: planes[1].prefix: expected another prefix than planes[0] has, which listens on "
     "127.0.0.1:9400 too, found \"\"\n"},
    {"one address and one prefix", "planes: [{prefix: /a}, {plane: data, prefix: /a}]\n",
     "sidecache.yaml:1:46: planes[1].prefix: expected another prefix than planes[0] has, which listens on "
     "127.0.0.1:9400 too, found \"/a\"\n"},
    {"one address in two ways", "planes: [{listen: '0.0.0.0:9400'}, {plane: data, prefix: /a}]\n",
     "sidecache.yaml:1:19: planes[0].listen: expected an address that planes[1].listen does not take already, found "
     "\"0.0.0.0:9400\"\n"},
    {"metrics on a plane's", "metrics: {listen: 127.0.0.1:9500}\nplanes: [{listen: 127.0.0.1:9500}]\n",
     "sidecache.yaml:1:19: metrics.listen: expected an address that planes[0].listen does not take already, found "
     "\"127.0.0.1:9500\"\n"},
    {"another plane as the control plane",
     "planes: [{prefix: /a}, {plane: data, listen: 127.0.0.1:9500, upstream: {url: 'http://127.0.0.1:9400'}}]\n",
     "sidecache.yaml:1:78: planes[1].upstream.url: expected the control plane, not sidecache's own planes[0].listen, "
     "found \"http://127.0.0.1:9400\"\n"},
    {"one name for two", "planes: [{name: x}, {name: x, prefix: /a}]\n",
     "sidecache.yaml:1:28: planes[1].name: expected another name than planes[0] has, found \"x\"\n"},
    {"no name for two", "planes: [{plane: data}, {plane: data, prefix: /a}]\n",
     "sidecache.yaml:1:25: planes[1].name: expected another name than planes[0] has, found \"data\"\n"},
    {"a name that breaks a label", "planes: [{name: 'A b'}]\n",
     "sidecache.yaml:1:17: planes[0].name: expected a name of at most 32 of a-z, 0-9, _ and -, found \"A b\"\n"},
    {"a prefix with a slash behind it", "planes: [{prefix: /a/}]\n",
     "sidecache.yaml:1:19: planes[0].prefix: expected \"\" or a path such as /albus: plain characters, no slash at the "
     "end, found \"/a/\"\n"},
    {"keys in clear", "plane: data\nlisten: 0.0.0.0:9400\n",
     "sidecache.yaml:2:9: listen: expected https://, unix: or a loopback address where a data plane listens, or "
     "allow_plaintext: true, for providers' keys travel there, found \"0.0.0.0:9400\"\n"},
    {"keys in clear on all interfaces", "planes: [{plane: data, listen: [127.0.0.1:1, ':9400']}]\n",
     "sidecache.yaml:1:32: planes[0].listen[1]: expected https://, unix: or a loopback address where a data plane "
     "listens, or allow_plaintext: true, for providers' keys travel there, found \":9400\"\n"},
    {"sync of an admin plane", "planes: [{plane: admin, sync: {heal: true}}]\n",
     "sidecache.yaml:1:38: planes[0].sync.heal: expected it on a plane of the data kind, found it on an admin plane\n"},
    {"sync of the only plane, an admin one", "sync: {interval: 1m}\n",
     "sidecache.yaml:1:18: sync.interval: expected it on a plane of the data kind, found it on an admin plane\n"},
    {"asking for changes on nobody's behalf", "plane: data\nsync: {poll_path: /x}\n",
     "sidecache.yaml:2:19: sync.poll_path: expected sync.identifier_file beside it, found it alone\n"
     "sidecache.yaml:2:19: sync.poll_path: expected sync.credential_file beside it, found it alone\n"},
    {"asking others for nothing", "plane: data\nsync: {peers: 'http://others:9402'}\n",
     "sidecache.yaml:2:15: sync.peers: expected sync.heal: true beside it, found it alone\n"
     "sidecache.yaml:2:15: sync.peers: expected sync.peer_secret_file beside it, found it alone\n"},
    {"others with a path, or a weight",
     "plane: data\nsync: {peers: ['http://a:9402/x', 'http://b:9402 weight=2'], heal: true, peer_secret_file: "
     "/dev/null}\n",
     "sidecache.yaml:2:15: sync.peers: expected URLs such as http://sidecaches.example:9402, without path and weight, "
     "found \"http://a:9402/x\"\n"
     "sidecache.yaml:2:15: sync.peers: expected URLs such as http://sidecaches.example:9402, without path and weight, "
     "found \"http://b:9402\"\n"},
    {"others that are no URLs", "plane: data\nsync: {peers: [others:9402]}\n",
     "sidecache.yaml:2:16: sync.peers: expected http:// or https://, a host, perhaps a port and a path, and no user, "
     "query or fragment, found \"others:9402\"\n"},
    {"authorities for nobody", "plane: data\nsync: {peer_ca_file: /dev/null}\n",
     "sidecache.yaml:2:22: sync.peer_ca_file: expected a URL of sync.peers that begins with https://, found it "
     "alone\n"},
    {"others of an admin plane", "sync: {peers: 'http://others:9402'}\n",
     "sidecache.yaml:1:15: sync.peers: expected it on a plane of the data kind, found it on an admin plane\n"},
    {"an interval that is none", "plane: data\nsync: {interval: 500ms}\n",
     "sidecache.yaml:2:18: sync.interval: expected a duration from 1s to 1h, such as 30s, found \"500ms\"\n"},
    {"sync answers longer than all messages may be", "limits: {sync_bytes: 2MiB, buffered_bytes: 1MiB}\n",
     "sidecache.yaml:1:22: limits.sync_bytes: expected at most limits.buffered_bytes (1MiB), found 2MiB\n"},
};

TEST_F(planes_test, what_is_wrong_is_told_with_its_plane) {
  for (const auto& [name, yaml, complaint] : refusals) EXPECT_EQ(complaints(from_yaml(yaml)), complaint) << name;
}

TEST_F(planes_test, one_identifier_is_for_one_plane) {
  const std::string key = file("key", "sealed");
  const std::string sync = "sync: {poll_path: /x, identifier_file: /run/id, credential_file: " + key + "}";
  EXPECT_EQ(complaints(from_yaml(sync + "\nplanes:\n- {plane: data, name: a, prefix: /a}\n- {plane: data, name: b}\n")),
            "sidecache.yaml:1:40: planes[1].sync.identifier_file: expected another file than planes[0] has, found "
            "\"/run/id\"\n");
}

TEST_F(planes_test, one_secret_is_for_all_planes) {
  const std::string one = file("one", "0123456789abcdef0123456789abcdef");
  const std::string two = file("two", "0123456789abcdef0123456789abcdeF");
  const std::string both = "planes:\n- {plane: data, name: a, prefix: /a, sync: {peer_secret_file: " + one +
                           "}}\n- {plane: data, name: b, sync: {peer_secret_file: ";
  EXPECT_EQ(complaints(from_yaml(both + one + "}}\n")), "");
  EXPECT_EQ(complaints(from_yaml(both + two + "}}\n")),
            "sidecache.yaml:3:51: planes[1].sync.peer_secret_file: expected the same file as planes[0] has, found "
            "another (not shown)\n");
}

TEST_F(planes_test, a_secret_that_can_be_guessed_is_none) {
  const std::string sync = "plane: data\nsync: {peer_secret_file: ";
  EXPECT_EQ(complaints(from_yaml(sync + file("long", std::string(32, 'x') + "\n") + "}\n")), "");
  EXPECT_EQ(complaints(from_yaml(sync + file("short", std::string(31, 'x')) + "}\n")),
            "sidecache.yaml:2:26: sync.peer_secret_file: expected a file of at least 32 characters, found fewer (not "
            "shown, they are secret)\n");
}

TEST_F(planes_test, others_are_listed_as_an_environment_can) {
  auto from = from_environment({{"SIDECACHE_PLANE", "data"},
                                {"SIDECACHE_SYNC_HEAL", "true"},
                                {"SIDECACHE_SYNC_PEERS", "http://a:9402, https://[::1]:9402"},
                                {"SIDECACHE_SYNC_PEER_SECRET_FILE", file("shared", std::string(32, 'x'))}});
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << format_errors(loaded.error());
  const auto& peers = loaded->values.planes.front().sync.peers;
  ASSERT_EQ(peers.size(), 2U);
  EXPECT_EQ(peers[0].url.host, "a");
  EXPECT_TRUE(peers[1].url.tls);
}

TEST_F(planes_test, seventeen_are_too_many) {
  std::string yaml = "planes:\n";
  for (int i = 0; i < 17; ++i) yaml += "- {name: p" + std::to_string(i) + ", prefix: /" + std::to_string(i) + "}\n";
  EXPECT_TRUE(complaints(from_yaml(yaml)).ends_with(", found 17 of them\n"));
}

TEST_F(planes_test, text_that_is_no_yaml_is_refused_and_not_repeated) {
  const auto said = complaints(from_environment({{"SIDECACHE_PLANES", "[{upstream: {url: 'https://u:p@cp'"}}));
  EXPECT_TRUE(said.starts_with("environment SIDECACHE_PLANES: planes: expected a list of at most 16 maps")) << said;
  EXPECT_FALSE(said.contains("u:p")) << said;
}

TEST_F(planes_test, a_variable_beside_a_files_planes_is_told_with_both) {
  sources from = from_yaml("planes: [{plane: data}]\n");
  from.environment = {{"SIDECACHE_UPSTREAM_URL", "http://cp.example"}};
  EXPECT_EQ(complaints(from),
            "environment SIDECACHE_UPSTREAM_URL: upstream.url: expected either upstream.url or planes "
            "(sidecache.yaml:1:9), where each plane has its own, found both\n");
}

TEST_F(planes_test, a_data_plane_may_listen_where_nobody_else_can_read_along) {
  for (const char* const safe : {"127.0.0.1:1", "127.9.9.9:1", "'[::1]:1'", "'unix:/run/x'"})
    EXPECT_EQ(complaints(from_yaml("plane: data\nlisten: " + std::string(safe) + "\n")), "") << safe;
  EXPECT_EQ(complaints(from_yaml("plane: data\nlisten: ':1'\nallow_plaintext: true\n")), "");
  const std::string certificate = file("cert.pem", "x");
  EXPECT_EQ(
      complaints(from_yaml("plane: data\nlisten: 'https://0.0.0.0:1'\ntls: {certificate_file: " + certificate + "}\n")),
      "");
  EXPECT_EQ(complaints(from_yaml("plane: admin\nlisten: ':1'\n")), "") << "only the data plane has keys in clear";
}

TEST_F(planes_test, planes_may_share_an_address_or_have_their_own) {
  EXPECT_EQ(planes("planes: [{prefix: /a}, {plane: data, prefix: /a/b}, {name: x}]\n").size(), 3U);
  EXPECT_EQ(planes("planes: [{listen: 127.0.0.1:0}, {plane: data, listen: 127.0.0.2:0}]\n").size(), 2U);
  EXPECT_EQ(planes("planes: [{prefix: /a, listen: 127.0.0.1:0}, {plane: data, listen: 127.0.0.1:0}]\n").size(), 2U);
}

}  // namespace
}  // namespace sidecache::config
