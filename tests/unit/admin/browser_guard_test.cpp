// A page in somebody's browser can neither read nor change anything here.
#include "admin/browser_guard.hpp"

#include <gtest/gtest.h>

namespace sidecache::admin {
namespace {

http::request_head request(std::initializer_list<http::field> fields) {
  http::request_head made;
  made.method = http::method::get;
  made.target = "/api/stats";
  for (const auto& [name, value] : fields) made.fields.add(name, value);
  return made;
}

/// The code of the refusal, "" if it may pass.
std::string verdict(const http::request_head& head) {
  const browser_guard guard({"sidecache.internal", "10.0.0.7", "[fd00::7]"});
  const auto refused = guard.check(head);
  return refused ? std::string(refused->code) : "";
}

TEST(browser_guard, loopback_names_and_configured_ones_are_served_with_any_port) {
  for (const auto* host :
       {"localhost", "LOCALHOST:9402", "127.0.0.1", "127.0.0.1:9402", "127.8.9.10:1", "[::1]", "[::1]:9402",
        "sidecache.internal", "Sidecache.Internal:80", "10.0.0.7:9402", "[FD00::7]:1"}) {
    EXPECT_EQ(verdict(request({{"Host", host}})), "") << host;
  }
}

TEST(browser_guard, any_other_name_is_a_rebound_one) {
  for (const auto* host :
       {"attacker.example", "attacker.example:9402", "localhost.attacker.example", "127.0.0.1.attacker.example",
        "10.0.0.8", "[::2]", "[::1", "[::1]x", "[]", "", ":9402", "::1", "128.0.0.1", "127.1", "0x7f.0.0.1",
        "sidecache.internal.", "localhost@attacker.example"}) {
    EXPECT_EQ(verdict(request({{"Host", host}})), "host_not_allowed") << host;
  }
  EXPECT_EQ(verdict(request({})), "host_not_allowed");
  EXPECT_EQ(verdict(request({{"Host", "localhost"}, {"Host", "localhost"}})), "host_not_allowed");
}

TEST(browser_guard, tools_send_no_origin_and_the_own_page_sends_its_own) {
  EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"}, {"User-Agent", "curl/8"}})), "");
  EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"}, {"Sec-Fetch-Site", "same-origin"}})), "");
  EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"}, {"Sec-Fetch-Site", "none"}})), "") << "typed by the person";
  EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"}, {"Origin", "http://127.0.0.1:9402"}})), "");
  EXPECT_EQ(verdict(request({{"Host", "sidecache.internal"}, {"Origin", "https://sidecache.internal"}})), "");
}

TEST(browser_guard, another_site_is_refused_by_what_the_browser_says_of_it) {
  for (const auto* site : {"cross-site", "same-site", "", "SAME-ORIGIN-ish"}) {
    EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"}, {"Sec-Fetch-Site", site}})), "cross_site") << site;
  }
  for (const auto* origin : {"http://attacker.example", "null", "http://127.0.0.1:9401", "http://127.0.0.1", "",
                             "ftp://127.0.0.1:9402", "http://127.0.0.1:9402.attacker.example"}) {
    EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"}, {"Origin", origin}})), "cross_site") << origin;
  }
  EXPECT_EQ(verdict(request(
                {{"Host", "127.0.0.1:9402"}, {"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "cross-site"}})),
            "cross_site")
      << "every line of a field counts";
}

TEST(browser_guard, a_followed_link_is_seen_by_the_person_alone_and_served) {
  const std::initializer_list<http::field> link{{"Host", "127.0.0.1:9402"},
                                                {"Sec-Fetch-Site", "cross-site"},
                                                {"Sec-Fetch-Mode", "navigate"},
                                                {"Sec-Fetch-Dest", "document"}};
  EXPECT_EQ(verdict(request(link)), "");

  auto form = request(link);
  form.method = http::method::post;
  EXPECT_EQ(verdict(form), "cross_site") << "a form that posts is a navigation too";

  EXPECT_EQ(verdict(request({{"Host", "127.0.0.1:9402"},
                             {"Sec-Fetch-Site", "cross-site"},
                             {"Sec-Fetch-Mode", "navigate"},
                             {"Sec-Fetch-Dest", "iframe"}})),
            "cross_site");
}

}  // namespace
}  // namespace sidecache::admin
