// The control plane behind an egress proxy: tunnels for https, whole URLs for http, and what a proxy that refuses
// means.
#include "net/upstream_tunnel.hpp"
#include "unit/net/scripted_resolver.hpp"
#include "unit/net/test_certificates.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

constexpr std::string_view open_answer = "HTTP/1.1 200 Connection established\r\n\r\n";

class upstream_through_proxy : public upstream_world {
 protected:
  upstream_through_proxy() { settings.ca_file = authority_file.path(); }

  /// The control plane is a name that means nothing here; the proxy is a name too.
  void ask_through(const scripted_server& proxy, const std::string& control_plane = "https://cp.test") {
    if (!control_plane.starts_with("https")) settings.ca_file.clear();
    settings.proxy = "http://proxy.test:" + std::to_string(proxy.port());
    names->automatic = {loopback(proxy.port())};
    ask_at(control_plane, std::make_unique<scripted_resolver>(context, names));
  }
  /// A proxy that hands through to a control plane of that certificate.
  script tunnel(std::string_view answer = open_answer) {
    return [this, answer](peer& client) {
      connects.push_back(client.read_head());
      client.send(answer);
      if (!client.start_tls(tls.get())) return;
      const char* name = SSL_get_servername(client.tls(), TLSEXT_NAMETYPE_host_name);
      asked_for = name ? name : "";
      for (auto head = client.read_head(); !head.empty(); head = client.read_head()) {
        heads.push_back(head);
        client.answer("{}");
      }
    };
  }
  /// The failure of one fetch() through a proxy that says this to CONNECT.
  proxy::failure refused_by(const script& what) {
    const scripted_server proxy({what});
    ask_through(proxy);
    const auto answer = fetch();
    origin.reset();
    EXPECT_EQ(kind_of(answer), "proxy");
    return answer ? proxy::failure{} : answer.error();
  }
  static script saying(std::string text) {
    return [text = std::move(text)](peer& client) {
      client.read_head();
      client.send(text);
      client.client_leaves();
    };
  }

  identity authority = make_identity({.common_name = "authority", .authority = true});
  pem_file authority_file{*authority.certificate};
  identity self = make_identity({.alternative_names = "DNS:cp.test", .issuer = &authority});
  context_ptr tls = make_server_context(self);
  std::shared_ptr<resolutions> names = std::make_shared<resolutions>();
  // Written by the proxy's thread before its answer, read after that.
  std::vector<std::string> connects;
  std::vector<std::string> heads;
  std::string asked_for;
};

TEST_F(upstream_through_proxy, an_https_control_plane_is_reached_by_a_tunnel) {
  const scripted_server proxy({tunnel()});
  proxy_credentials = secret("someone:a password");
  ask_through(proxy);
  const auto answer = fetch();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(connects.at(0),
            "CONNECT cp.test:443 HTTP/1.1\r\nHost: cp.test:443\r\n"
            "Proxy-Authorization: Basic c29tZW9uZTphIHBhc3N3b3Jk\r\n\r\n");
  EXPECT_EQ(heads.at(0), "GET /v1/virtual-keys/x HTTP/1.1\r\nHost: cp.test\r\n\r\n") << "the proxy's key ends there";
  EXPECT_EQ(asked_for, "cp.test");
  EXPECT_EQ(names->asked, std::vector<std::string>{"proxy.test"})
      << "the control plane's name is the proxy's to resolve";

  ASSERT_TRUE(fetch());
  EXPECT_EQ(proxy.connections(), 1) << "a tunnel is kept as any connection is";
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"200", "200"}));
}

TEST_F(upstream_through_proxy, a_tunnel_is_asked_for_with_brackets_and_port) {
  const upstream_proxy open{*parse_proxy_url("http://proxy"), {}};
  EXPECT_EQ(tunnel_request(*parse_upstream_url("https://[2001:db8::1]"), open).view(),
            "CONNECT [2001:db8::1]:443 HTTP/1.1\r\nHost: [2001:db8::1]:443\r\n\r\n");
  EXPECT_EQ(tunnel_request(*parse_upstream_url("https://cp.test.:8443/albus"), open).view(),
            "CONNECT cp.test:8443 HTTP/1.1\r\nHost: cp.test:8443\r\n\r\n");
}

TEST_F(upstream_through_proxy, lengths_in_the_answer_to_connect_mean_nothing) {
  const scripted_server proxy({tunnel("HTTP/1.0 201 Made\r\nContent-Length: 5\r\nConnection: close\r\n\r\n")});
  ask_through(proxy);
  const auto answer = fetch();
  EXPECT_TRUE(answer) << answer.error().detail;
}

TEST_F(upstream_through_proxy, the_certificate_must_be_the_control_planes) {
  self = make_identity({.alternative_names = "DNS:proxy.test,IP:127.0.0.1", .issuer = &authority});
  tls = make_server_context(self);
  const scripted_server proxy({tunnel()});
  ask_through(proxy);
  const auto answer = fetch();
  EXPECT_EQ(kind_of(answer), "tls") << "a proxy that plays the control plane";
  EXPECT_TRUE(heads.empty());
}

TEST_F(upstream_through_proxy, a_proxy_that_opens_no_tunnel_is_a_failure_of_its_own) {
  const std::string page = "Content-Length: 11\r\n\r\nsecret page";
  for (const auto* status : {"407 Proxy Authentication Required", "502 Bad Gateway", "302 Found", "403 Forbidden"}) {
    const auto why = refused_by(saying("HTTP/1.1 " + std::string(status) + "\r\n" + page));
    EXPECT_FALSE(why.sent) << "nothing of the request went there";
    EXPECT_EQ(why.detail, "the proxy answered CONNECT with " + std::string(status, 3));
  }
  EXPECT_EQ(observer.codes, std::vector<std::string>(4, "proxy"));
}

TEST_F(upstream_through_proxy, the_answer_to_connect_is_read_strictly) {
  for (const std::string answer :
       {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 200 OK\n\n", "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 200 OK\r\n folded: x\r\n\r\n", "HTTP/1.1 101 Switching Protocols\r\n\r\n", ""})
    refused_by([&](peer& client) {
      client.read_head();
      client.send(answer);
    });
  const auto endless = refused_by(saying("HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x')));
  EXPECT_NE(endless.detail.find("64 KiB"), std::string::npos) << endless.detail;
  const auto early = refused_by(saying(std::string(open_answer) + "\x16\x03\x03"));
  EXPECT_EQ(early.detail, "the proxy said more than that the tunnel is open");
}

TEST_F(upstream_through_proxy, one_that_does_not_answer_is_given_up) {
  settings.connect_timeout = 150ms;
  const auto why = refused_by(saying(""));
  EXPECT_NE(why.detail.find("in time"), std::string::npos) << why.detail;
}

TEST_F(upstream_through_proxy, one_that_is_not_there_is_not_the_control_planes_fault) {
  scripted_server proxy({saying("")});
  ask_through(proxy);
  proxy.stop_listening();
  EXPECT_EQ(kind_of(fetch()), "proxy");
  names->automatic.clear();
  settings.proxy = "http://unknown.test:1";
  ask_at("https://cp.test", std::make_unique<scripted_resolver>(context, names));
  const auto answer = begin(origin->fetch(get(), 1 << 20));
  run_until([&] { return !names->pending.empty(); });
  names->answer(asio::error::host_not_found);
  run_until([&] { return answer->has_value(); });
  EXPECT_EQ(kind_of(**answer), "proxy");
}

TEST_F(upstream_through_proxy, an_http_control_plane_is_named_in_each_request) {
  const scripted_server proxy({[&](peer& client) {
    for (auto head = client.read_head(); !head.empty(); head = client.read_head()) {
      heads.push_back(head);
      client.answer("{}");
    }
  }});
  proxy_credentials = secret("someone:a password");
  ask_through(proxy, "http://cp.test/albus");
  ASSERT_TRUE(fetch());
  ASSERT_TRUE(relay());
  const std::string expected =
      "GET http://cp.test/albus/v1/virtual-keys/x HTTP/1.1\r\nHost: cp.test\r\n"
      "Proxy-Authorization: Basic c29tZW9uZTphIHBhc3N3b3Jk\r\n\r\n";
  EXPECT_EQ(fetch()->body, "{}");
  for (const auto& head : heads) EXPECT_EQ(head, expected);
  EXPECT_EQ(heads.size(), 3U);
  EXPECT_EQ(proxy.connections(), 2) << "one for lookups, one for the rest, both kept";
}

TEST_F(upstream_through_proxy, a_proxy_that_wants_credentials_is_not_the_control_plane_speaking) {
  const scripted_server proxy({[](peer& client) {
    while (!client.read_head().empty()) client.answer("secret page", "", "407 Proxy Authentication Required");
  }});
  ask_through(proxy, "http://cp.test");
  const auto answer = fetch();
  EXPECT_EQ(kind_of(answer), "proxy");
  EXPECT_FALSE(answer.error().sent) << "it was not passed on";
  EXPECT_EQ(kind_of(relay()), "proxy");
  EXPECT_FALSE(sink.head) << "nothing of it reaches a client";
  EXPECT_EQ(observer.codes, (std::vector<std::string>{"proxy", "proxy"}));
}

TEST_F(upstream_through_proxy, without_a_proxy_a_407_is_an_answer) {
  const scripted_server control_plane({[](peer& client) {
    client.read_head();
    client.answer("{}", "", "407 Odd");
  }});
  settings.ca_file.clear();
  ask_at(control_plane.url());
  EXPECT_EQ(fetch()->head.status, 407U);
}

TEST_F(upstream_through_proxy, who_is_listed_or_on_this_machine_is_asked_directly) {
  std::string seen;
  const scripted_server control_plane({[&](peer& client) {
    seen = client.read_head();
    client.answer("{}");
  }});
  settings.ca_file.clear();
  settings.proxy = "http://127.0.0.1:1";  // nobody listens there
  ask_at(control_plane.url());
  ASSERT_TRUE(fetch()) << "loopback";
  EXPECT_TRUE(seen.starts_with("GET /v1/")) << seen;

  settings.no_proxy = "cp.test:" + std::to_string(control_plane.port());
  names->automatic = {loopback(control_plane.port())};
  ask_at("http://cp.test:" + std::to_string(control_plane.port()), std::make_unique<scripted_resolver>(context, names));
  ASSERT_TRUE(fetch());
  EXPECT_EQ(names->asked, std::vector<std::string>{"cp.test"});
  settings.no_proxy = "cp.test:1";
  ask_at("http://cp.test:" + std::to_string(control_plane.port()));
  EXPECT_EQ(kind_of(fetch()), "proxy");
}

TEST_F(upstream_through_proxy, a_proxy_that_cannot_be_used_ends_the_start) {
  settings.proxy = "https://proxy.test";
  settings.url = "http://cp.test";
  const auto site = upstream_site::make(settings);
  ASSERT_FALSE(site);
  EXPECT_NE(site.error().find("over TLS"), std::string::npos);
}

}  // namespace
}  // namespace sidecache::net::in_tests
