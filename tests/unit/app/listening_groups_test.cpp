// Which planes are behind which addresses, and what the sockets and the lines that tell of them are called.
#include "app/listening_groups.hpp"

#include <gtest/gtest.h>

namespace sidecache::app {
namespace {

config::plane_settings plane(const std::string& name, const std::string& prefix, const std::vector<std::string>& at) {
  config::plane_settings made;
  made.name = name;
  made.prefix = prefix;
  for (const auto& each : at) made.listen.push_back(parse_listen_address(each).value());
  return made;
}

/// "names: socket_name [by prefix] address, address".
std::vector<std::string> shown(const std::vector<config::plane_settings>& planes) {
  std::vector<std::string> all;
  for (const auto& group : listening_groups(planes)) {
    std::string line = group.label + ": " + group.socket_name + (group.by_prefix ? " by prefix" : "");
    for (const auto& address : group.addresses) line += " " + to_string(address);
    all.push_back(line);
  }
  return all;
}

using lines = std::vector<std::string>;

TEST(listening_groups_test, one_plane_is_one_server_whatever_it_listens_on) {
  EXPECT_EQ(shown({plane("admin", "", {"127.0.0.1:1", "unix:/s"})}), (lines{"admin: proxy 127.0.0.1:1 unix:/s"}));
  EXPECT_EQ(shown({plane("admin", "", {"127.0.0.1:0", "127.0.0.1:0"})}),
            (lines{"admin: proxy 127.0.0.1:0 127.0.0.1:0"}));
  EXPECT_EQ(shown({plane("admin", "/cp", {"127.0.0.1:1"})}), (lines{"admin: proxy by prefix 127.0.0.1:1"}));
}

TEST(listening_groups_test, a_shared_address_is_listened_on_once) {
  EXPECT_EQ(shown({plane("a", "/a", {"127.0.0.1:1"}), plane("b", "/b", {"http://127.0.0.1:1"})}),
            (lines{"a+b: proxy by prefix 127.0.0.1:1"}));
  EXPECT_EQ(shown({plane("a", "/a", {"127.0.0.1:0"}), plane("b", "", {"127.0.0.1:0"})}),
            (lines{"a+b: proxy by prefix 127.0.0.1:0"}));
}

TEST(listening_groups_test, addresses_with_the_same_planes_behind_them_are_one_server) {
  EXPECT_EQ(shown({plane("a", "", {"127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"}),
                   plane("b", "/b", {"127.0.0.1:3", "127.0.0.1:2", "127.0.0.1:4"})}),
            (lines{"a: a-proxy 127.0.0.1:1", "a+b: a+b-proxy by prefix 127.0.0.1:2 127.0.0.1:3",
                   "b: b-proxy by prefix 127.0.0.1:4"}));
}

TEST(listening_groups_test, servers_are_the_groups_and_then_metrics_and_admin) {
  config::settings settings;
  settings.planes = {plane("a", "", {"127.0.0.1:1"}), plane("b", "", {"127.0.0.1:2"})};
  const auto groups = listening_groups(settings.planes);
  lines names;
  for (const auto& each : servers_of(groups, settings)) names.emplace_back(each.name);
  EXPECT_EQ(names, (lines{"a-proxy", "b-proxy", "metrics", "admin"}));
}

TEST(listening_groups_test, each_plane_is_announced_with_its_prefix) {
  const std::vector planes{plane("a", "/a", {"127.0.0.1:1"}), plane("b", "", {"127.0.0.1:1"})};
  std::vector<announced> said;
  announce(listening_groups(planes).front(), planes, parse_listen_address("127.0.0.1:77").value(), said);
  ASSERT_EQ(said.size(), 2U);
  EXPECT_EQ(said[0].name + " " + said[0].where, "proxy-a http://127.0.0.1:77/a");
  EXPECT_EQ(said[1].name + " " + said[1].where, "proxy-b http://127.0.0.1:77");

  const std::vector alone{plane("admin", "", {"unix:/s"})};
  said.clear();
  announce(listening_groups(alone).front(), alone, alone[0].listen[0], said);
  EXPECT_EQ(said[0].name + " " + said[0].where, "proxy unix:/s");
}

}  // namespace
}  // namespace sidecache::app
