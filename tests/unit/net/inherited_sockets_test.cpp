// Sockets that a supervisor hands down: who gets them, and what is refused.
#include "net/inherited_sockets.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <map>

namespace sidecache::net {
namespace {

using testing::HasSubstr;

constexpr pid_t own = 77;

listen_address at(std::string_view text) { return parse_listen_address(text).value(); }

/// Descriptors that listen somewhere; all others don't.
socket_inspector descriptors(std::map<int, std::string> listening) {
  return [listening](int descriptor) -> std::expected<listen_address, std::string> {
    const auto found = listening.find(descriptor);
    if (found == listening.end()) return std::unexpected("descriptor " + std::to_string(descriptor) + " is none");
    return at(found->second);
  };
}

/// "127.0.0.1:1=3 https :2" for two places: what is inherited has its descriptor behind it.
std::string written(const std::vector<listen_place>& places) {
  std::string out;
  for (const auto& place : places) {
    out += (out.empty() ? "" : " ") + url_of(place.address);
    if (place.inherited >= 0) out += "=" + std::to_string(place.inherited);
  }
  return out;
}

struct servers {
  std::string proxy, metrics, admin;
  bool operator==(const servers&) const = default;
};
std::ostream& operator<<(std::ostream& out, const servers& s) {
  return out << "proxy: " << s.proxy << ", metrics: " << s.metrics << ", admin: " << s.admin;
}

servers assigned(const std::vector<inherited_socket>& sockets,
                 std::vector<listen_address> proxy = {at("127.0.0.1:1")}) {
  const auto places =
      assign_sockets(sockets, {{"proxy", std::move(proxy)}, {"metrics", {at("[::1]:2")}}, {"admin", {at("unix:/a")}}});
  return {written(places[0]), written(places[1]), written(places[2])};
}

TEST(inherited_sockets_test, nothing_for_this_process_is_no_error) {
  const auto none = descriptors({});
  for (const handover& given : {handover{}, handover{"77", {}, {}}, handover{{}, "1", {}}, handover{"78", "1", {}},
                                handover{"77x", "1", {}}, handover{"77", "0", ""}}) {
    const auto got = read_handover(given, own, none);
    ASSERT_TRUE(got.has_value()) << got.error();
    EXPECT_TRUE(got->empty());
  }
}

TEST(inherited_sockets_test, descriptors_begin_at_three_and_have_the_names_given) {
  const auto listening = descriptors({{3, "127.0.0.1:1"}, {4, "unix:/s"}});
  const auto named = read_handover({"77", "2", "proxy:"}, own, listening).value();
  ASSERT_EQ(named.size(), 2);
  EXPECT_EQ(named[0].descriptor, 3);
  EXPECT_EQ(named[0].name, "proxy");
  EXPECT_EQ(to_string(named[0].bound), "127.0.0.1:1");
  EXPECT_EQ(named[1].descriptor, 4);
  EXPECT_EQ(named[1].name, "");
  const auto unnamed = read_handover({"77", "2", {}}, own, listening).value();
  EXPECT_EQ(unnamed[0].name, "");
}

TEST(inherited_sockets_test, what_makes_no_sense_is_refused_in_words) {
  const auto listening = descriptors({{3, "127.0.0.1:1"}});
  EXPECT_THAT(read_handover({"77", "two", {}}, own, listening).error(), HasSubstr("LISTEN_FDS is no number"));
  EXPECT_THAT(read_handover({"77", "-1", {}}, own, listening).error(), HasSubstr("LISTEN_FDS is no number"));
  EXPECT_THAT(read_handover({"77", "99999", {}}, own, listening).error(), HasSubstr("LISTEN_FDS is no number"));
  EXPECT_EQ(read_handover({"77", "1", "a:b"}, own, listening).error(), "LISTEN_FDNAMES has 2 names for 1 sockets");
  EXPECT_EQ(read_handover({"77", "2", {}}, own, listening).error(), "LISTEN_FDS: descriptor 4 is none");
}

TEST(inherited_sockets_test, without_any_the_configured_addresses_are_bound) {
  EXPECT_EQ(assigned({}), (servers{"http://127.0.0.1:1", "http://[::1]:2", "unix:/a"}));
}

TEST(inherited_sockets_test, a_name_chooses_the_server_and_takes_the_place_of_its_addresses) {
  EXPECT_EQ(
      assigned({{3, "admin", at("127.0.0.1:7")}, {4, "proxy-tls", at("127.0.0.1:8")}, {5, "metrics", at("unix:/m")}}),
      (servers{"https://127.0.0.1:8=4", "unix:/m=5", "http://127.0.0.1:7=3"}));
}

TEST(inherited_sockets_test, a_socket_without_a_known_name_belongs_where_its_address_is_configured) {
  EXPECT_EQ(assigned({{3, "", at("unix:/a")}, {4, "sidecache.socket", at("[::1]:2")}}),
            (servers{"http://127.0.0.1:1", "http://[::1]:2=4", "unix:/a=3"}));
  EXPECT_EQ(assigned({{3, "", at("10.0.0.1:1")}}).proxy, "http://10.0.0.1:1=3") << "else to the proxy";
}

TEST(inherited_sockets_test, what_is_inherited_is_not_bound_again_and_the_rest_of_the_list_is) {
  EXPECT_EQ(assigned({{3, "", at("127.0.0.1:2")}}, {at("127.0.0.1:1"), at("127.0.0.1:2")}).proxy,
            "http://127.0.0.1:1 http://127.0.0.1:2=3");
  EXPECT_EQ(assigned({{3, "", at("127.0.0.1:1")}, {4, "proxy", at("127.0.0.1:5")}}).proxy,
            "http://127.0.0.1:1=3 http://127.0.0.1:5=4");
}

TEST(inherited_sockets_test, the_configured_address_says_whether_it_speaks_tls) {
  const std::vector configured{at("https://127.0.0.1:1"), at("127.0.0.1:2")};
  EXPECT_EQ(assigned({{3, "proxy", at("127.0.0.1:1")}, {4, "proxy-tls", at("127.0.0.1:2")}}, configured).proxy,
            "https://127.0.0.1:1=3 http://127.0.0.1:2=4");
}

TEST(inherited_sockets_test, any_port_is_any_port_and_all_interfaces_are_all) {
  EXPECT_EQ(assigned({{3, "proxy", at("127.0.0.1:5")}}, {at("https://127.0.0.1:0")}).proxy, "https://127.0.0.1:5=3");
  EXPECT_EQ(assigned({{3, "", at("[::]:5")}}, {at("127.0.0.1:4"), at("https://:5")}).proxy,
            "http://127.0.0.1:4 https://[::]:5=3");
}

TEST(inherited_sockets_test, only_a_listening_stream_socket_is_one) {
  const int datagram = ::socket(AF_INET, SOCK_DGRAM, 0);
  const int idle = ::socket(AF_INET, SOCK_STREAM, 0);
  const int listening = ::socket(AF_INET6, SOCK_STREAM, 0);
  ASSERT_EQ(::listen(listening, 1), 0);
  for (const int wrong : {datagram, idle, 0, 9999})
    EXPECT_THAT(inspect_socket(wrong).error(), HasSubstr("is no listening stream socket"));
  const auto bound = inspect_socket(listening);
  ASSERT_TRUE(bound.has_value());
  EXPECT_EQ(bound->host, "::");
  EXPECT_NE(bound->port, 0);
  for (const int descriptor : {datagram, idle, listening}) ::close(descriptor);
}

TEST(inherited_sockets_test, owners_of_unix_sockets) {
  const auto root = parse_socket_owner("root:0").value();
  EXPECT_EQ(root.user, uid_t{0});
  EXPECT_EQ(root.group, gid_t{0});
  EXPECT_FALSE(parse_socket_owner("").value().user.has_value());
  EXPECT_EQ(parse_socket_owner("4242").value().user, uid_t{4242});
  EXPECT_FALSE(parse_socket_owner(":4242").value().user.has_value());
  EXPECT_EQ(parse_socket_owner("no-such-user").error(), "there is no user 'no-such-user'");
  EXPECT_EQ(parse_socket_owner("root:no-such-group").error(), "there is no group 'no-such-group'");
  EXPECT_FALSE(parse_socket_owner("4294967295").has_value()) << "that would be: no change";
}

}  // namespace
}  // namespace sidecache::net
