#include "net/upstream_url.hpp"

#include <gtest/gtest.h>

namespace sidecache::net {
namespace {

TEST(upstream_url, takes_a_url_apart) {
  const auto url = parse_upstream_url("HTTPS://API.Portkey.ai/albus/");
  ASSERT_TRUE(url);
  EXPECT_TRUE(url->tls);
  EXPECT_EQ(url->host, "api.portkey.ai");
  EXPECT_EQ(url->port, 443);
  EXPECT_EQ(url->authority, "api.portkey.ai");
  EXPECT_EQ(url->prefix, "/albus") << "a request's target brings its own slash";
  EXPECT_FALSE(url->is_address);
}

TEST(upstream_url, names_the_port_in_host_unless_it_is_the_schemes_own) {
  EXPECT_EQ(parse_upstream_url("http://cp")->port, 80);
  EXPECT_EQ(parse_upstream_url("http://cp:80/")->authority, "cp");
  EXPECT_EQ(parse_upstream_url("http://cp:443")->authority, "cp:443");
  EXPECT_EQ(parse_upstream_url("https://cp:8443/api/v1")->authority, "cp:8443");
  EXPECT_EQ(parse_upstream_url("https://cp:8443/api/v1")->prefix, "/api/v1");
}

TEST(upstream_url, knows_addresses) {
  const auto v6 = parse_upstream_url("http://[0:0::1]:9400");
  ASSERT_TRUE(v6);
  EXPECT_TRUE(v6->is_address);
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->authority, "[::1]:9400");
  EXPECT_EQ(v6->port, 9400);
  EXPECT_EQ(parse_upstream_url("https://[2001:db8::2]/")->authority, "[2001:db8::2]");
  EXPECT_TRUE(parse_upstream_url("http://127.0.0.1")->is_address);
  EXPECT_FALSE(parse_upstream_url("http://10-0-0-1.pods.local")->is_address);
}

TEST(upstream_url, a_final_dot_is_for_the_resolver_only) {
  const auto url = parse_upstream_url("https://cp.default.svc.cluster.local.");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->lookup_name, "cp.default.svc.cluster.local.");
  EXPECT_EQ(url->host, "cp.default.svc.cluster.local");
  EXPECT_EQ(url->authority, "cp.default.svc.cluster.local");
}

TEST(upstream_url, refuses_what_it_would_have_to_ignore_or_guess) {
  for (const auto* text : {"",
                           "api.portkey.ai",
                           "ftp://cp",
                           "http:/cp",
                           "http://",
                           "http:///v1",
                           "http://:80",
                           "http://user@cp",
                           "http://user:word@cp/",
                           "http://cp/?a=b",
                           "http://cp?a",
                           "http://cp/#f",
                           "http://cp:0",
                           "http://cp:65536",
                           "http://cp:",
                           "http://cp:80a",
                           "http://cp:-1",
                           "http://a b",
                           "http://cp/\r\nX: y",
                           "http://cp\\evil",
                           "http://.cp",
                           "http://c..p",
                           "http://127.1",
                           "http://0x7f.1",
                           "http://1.2.3.4.5",
                           "http://2130706433",
                           "http://[::1",
                           "http://[::g]",
                           "http://[::1]x",
                           "http://[fe80::1%25eth0]/",
                           "http://[::1]:",
                           "http://ex\xC3\xA4mple"})
    EXPECT_FALSE(parse_upstream_url(text)) << text;
}

TEST(upstream_url, an_error_never_repeats_a_password) {
  const auto url = parse_upstream_url("https://me:hunter2@cp/");
  ASSERT_FALSE(url);
  EXPECT_EQ(url.error().find("hunter2"), std::string::npos);
  EXPECT_NE(url.error().find("user name"), std::string::npos);
}

TEST(proxy_url, is_a_host_and_a_port) {
  for (const auto* text : {"http://proxy.example:3128", "proxy.example:3128", "HTTP://Proxy.Example:3128/"}) {
    const auto url = parse_proxy_url(text);
    ASSERT_TRUE(url) << text << ": " << url.error();
    EXPECT_EQ(host_and_port(*url), "proxy.example:3128");
  }
  EXPECT_EQ(host_and_port(*parse_proxy_url("http://proxy")), "proxy:80");
  EXPECT_EQ(host_and_port(*parse_proxy_url("[2001:db8::1]:8080")), "[2001:db8::1]:8080");
  EXPECT_EQ(host_and_port(*parse_upstream_url("https://cp.example./v1")), "cp.example:443");
}

TEST(proxy_url, says_what_it_does_not_take_and_repeats_nothing) {
  const std::pair<const char*, const char*> refused[] = {
      {"https://hunter2:3128", "over TLS"},
      {"socks5://hunter2", "SOCKS"},
      {"http://me:hunter2@proxy", "user name"},
      {"me:hunter2@proxy:3128", "user name"},
      {"http://proxy/hunter2", "path"},
      {"http://proxy?hunter2", "query"},
      {"http://", "host name"},
      {"", "host name"},
      {"http://proxy:99999", "number from 1 to"},
      {"http://http://hunter2", "port"},
  };
  for (const auto& [text, why] : refused) {
    const auto url = parse_proxy_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_NE(url.error().find(why), std::string::npos) << text << ": " << url.error();
    EXPECT_EQ(url.error().find("hunter2"), std::string::npos) << url.error();
  }
}

}  // namespace
}  // namespace sidecache::net
