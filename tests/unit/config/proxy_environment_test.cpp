// Which egress proxy is used: the settings' own, the environment's, or none.
#include "config/proxy_environment.hpp"

#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

class proxy_environment_test : public loading {
 protected:
  /// upstream.proxy and upstream.no_proxy as they come out, and the sources they come from.
  static std::string chosen(const environment& variables, std::vector<flag_value> flags = {}) {
    sources from = from_environment(variables);
    from.flags = std::move(flags);
    const auto loaded = load(from);
    if (!loaded) return format_errors(loaded.error());
    const auto& proxy = in_effect(*loaded, "upstream.proxy");
    const auto& past = in_effect(*loaded, "upstream.no_proxy");
    return proxy.text + " (" + proxy.source.describe() + "), " + past.text + " (" + past.source.describe() + ")";
  }
  const std::string nothing_ = " (default),  (default)";
};

TEST_F(proxy_environment_test, the_scheme_of_the_control_plane_chooses_the_variable) {
  const environment both{
      {"http_proxy", "http://plain:1"}, {"https_proxy", "http://tls:1"}, {"all_proxy", "http://any:1"}};
  EXPECT_EQ(chosen(both), "http://tls:1 (environment https_proxy),  (default)");
  EXPECT_EQ(chosen(both, {{"upstream.url", "http://cp.test"}}), "http://plain:1 (environment http_proxy),  (default)");
  EXPECT_EQ(chosen({{"http_proxy", "http://plain:1"}}), nothing_);
  EXPECT_EQ(chosen({{"http_proxy", "http://plain:1"}, {"ALL_PROXY", "any:1"}}),
            "any:1 (environment ALL_PROXY),  (default)");
  EXPECT_EQ(chosen({}), nothing_);
}

TEST_F(proxy_environment_test, lower_case_wins_and_an_empty_one_is_none) {
  EXPECT_EQ(chosen({{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", "http://lower:1"}}),
            "http://lower:1 (environment https_proxy),  (default)");
  EXPECT_EQ(chosen({{"HTTPS_PROXY", "http://upper:1"}, {"https_proxy", ""}}),
            "http://upper:1 (environment HTTPS_PROXY),  (default)");
}

TEST_F(proxy_environment_test, every_source_of_ours_stands_before_it) {
  const environment variables{{"https_proxy", "http://theirs:1"}, {"no_proxy", "theirs.test"}};
  EXPECT_EQ(chosen(variables, {{"upstream.proxy", "http://ours:1"}, {"upstream.no_proxy", "ours.test, .two"}}),
            "http://ours:1 (flag --upstream-proxy), ours.test, .two (flag --upstream-no-proxy)");
  EXPECT_EQ(chosen(variables, {{"upstream.proxy", "direct"}}),
            "direct (flag --upstream-proxy), theirs.test (environment no_proxy)");
  EXPECT_EQ(chosen(variables, {{"upstream.proxy", ""}}),
            "http://theirs:1 (environment https_proxy), theirs.test (environment no_proxy)");
}

TEST_F(proxy_environment_test, a_control_plane_that_is_asked_directly_needs_no_proxy) {
  const std::string hidden = "http://me:hunter2@theirs:1";
  EXPECT_EQ(chosen({{"https_proxy", hidden}, {"NO_PROXY", ".portkey.ai"}}),
            " (default), .portkey.ai (environment NO_PROXY)");
  EXPECT_EQ(chosen({{"http_proxy", hidden}}, {{"upstream.url", "http://127.0.0.1:9480"}}), nothing_);
}

TEST_F(proxy_environment_test, what_other_programs_know_in_no_proxy_is_let_be) {
  EXPECT_EQ(chosen({{"https_proxy", "http://theirs:1"}, {"no_proxy", "<local>;x, 10.0.0.0/8 192.168.*,.svc"}}),
            "http://theirs:1 (environment https_proxy), 10.0.0.0/8, .svc (environment no_proxy)");
  EXPECT_EQ(chosen({{"no_proxy", "<local>"}}), nothing_);
}

TEST_F(proxy_environment_test, in_a_setting_it_is_an_error) {
  EXPECT_EQ(complaints(from_yaml("upstream: {no_proxy: [cp.test, '192.168.*']}\n")),
            "sidecache.yaml:1:32: upstream.no_proxy[1]: expected hosts such as cp.example, .example:8443, 10.0.0.0/8 "
            "or [2001:db8::1]:443, or *, found \"192.168.*\"\n");
  EXPECT_EQ(complaints(from_yaml("upstream: {no_proxy: 'cp.test 10.0.0.0/8, *'}\n")), "");
}

TEST_F(proxy_environment_test, a_password_in_a_url_is_refused_and_never_repeated) {
  const std::string hidden = "http://me:hunter2@theirs:3128";
  const std::string expected =
      "expected http://host:port without user and password, which upstream.proxy_credentials_file is for, found "
      "something else (not shown, it may be secret)\n";
  EXPECT_EQ(complaints(from_environment({{"HTTPS_PROXY", hidden}})),
            "environment HTTPS_PROXY: upstream.proxy: " + expected);
  EXPECT_EQ(complaints(from_yaml("upstream: {proxy: '" + hidden + "'}\n")),
            "sidecache.yaml:1:19: upstream.proxy: " + expected);
}

TEST_F(proxy_environment_test, a_proxy_of_another_kind_is_refused_in_clear_words) {
  for (const auto* other : {"https://proxy:443", "socks5://proxy:1080", "SOCKS5H://proxy:1080"})
    EXPECT_NE(complaints(from_environment({{"https_proxy", other}})).find("neither a proxy that is itself spoken to"),
              std::string::npos)
        << other;
  for (const auto* wrong : {"http://", "proxy:port", "proxy:0", "http://proxy/path", "http://pro xy", "Direct:x"})
    EXPECT_NE(complaints(from_environment({{"https_proxy", wrong}})).find("expected http://host:port, or direct"),
              std::string::npos)
        << wrong;
  for (const auto* right : {"proxy:3128", "http://proxy", "HTTP://proxy:3128/", "[2001:db8::1]:3128", "10.0.0.1:8080"})
    EXPECT_EQ(complaints(from_environment({{"https_proxy", right}})), "") << right;
}

TEST_F(proxy_environment_test, credentials_are_a_line_of_user_and_password) {
  const auto with = [&](std::string_view content) {
    return complaints(from_environment({{"SIDECACHE_UPSTREAM_PROXY", "http://proxy:1"},
                                        {"SIDECACHE_UPSTREAM_PROXY_CREDENTIALS_FILE", file("credentials", content)}}));
  };
  for (const auto* right : {"me:hunter2\n", "me:", "me:with:colons and \xC3\xA4"}) EXPECT_EQ(with(right), "") << right;
  for (const auto* wrong : {"hunter2", ":hunter2", "me:hunter2\nand more", "me:hunter2\x7F!"}) {
    const std::string said = with(wrong);
    EXPECT_NE(said.find("expected a file of one line, user:password"), std::string::npos) << wrong << ": " << said;
    EXPECT_EQ(said.find("hunter2"), std::string::npos) << said;
  }
}

}  // namespace
}  // namespace sidecache::config
