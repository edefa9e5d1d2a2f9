// https: who is believed, what is shown, what is resumed, and what a missing goodbye means.
#include "unit/net/scripted_resolver.hpp"
#include "unit/net/test_certificates.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

class upstream_over_tls : public upstream_world {
 protected:
  upstream_over_tls() { settings.ca_file = authority_file.path(); }

  identity signed_for(std::string names, std::string common_name = "test") {
    return make_identity(
        {.common_name = std::move(common_name), .alternative_names = std::move(names), .issuer = &authority});
  }
  /// Under a name instead of an address.
  upstream& ask_by_name(const scripted_server& server, const std::string& name = "cp.test") {
    auto names = std::make_shared<resolutions>();
    names->automatic = {loopback(server.port())};
    return ask_at("https://" + name + ":" + std::to_string(server.port()),
                  std::make_unique<scripted_resolver>(context, names));
  }
  static script answering() {
    return [](peer& client) {
      while (!client.read_head().empty()) client.answer("{}");
    };
  }
  /// The failure of one fetch() from a server with that identity.
  proxy::failure refused(const identity& server_identity) {
    const auto tls = make_server_context(server_identity);
    scripted_server control_plane({answering()}, tls.get());
    ask_by_name(control_plane);
    const auto answer = fetch();
    EXPECT_EQ(kind_of(answer), "tls");
    origin.reset();
    return answer ? proxy::failure{} : answer.error();
  }

  identity authority = make_identity({.common_name = "authority", .authority = true});
  pem_file authority_file{*authority.certificate};
};

TEST_F(upstream_over_tls, asks_by_name) {
  const auto self = signed_for("DNS:cp.test");
  const auto tls = make_server_context(self);
  std::string name;
  std::string protocol;
  int version = 0;
  scripted_server control_plane({[&](peer& client) {
                                  name = SSL_get_servername(client.tls(), TLSEXT_NAMETYPE_host_name);
                                  const unsigned char* chosen = nullptr;
                                  unsigned size = 0;
                                  SSL_get0_alpn_selected(client.tls(), &chosen, &size);
                                  protocol.assign(reinterpret_cast<const char*>(chosen), size);
                                  version = SSL_version(client.tls());
                                  answering()(client);
                                }},
                                tls.get());
  ask_by_name(control_plane);
  const auto answer = fetch();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_EQ(name, "cp.test");
  EXPECT_EQ(protocol, "http/1.1");
  EXPECT_GE(version, TLS1_2_VERSION);
  ASSERT_TRUE(fetch());
  EXPECT_EQ(control_plane.connections(), 1);
}

TEST_F(upstream_over_tls, asks_by_address_without_naming_it) {
  const auto self = signed_for("IP:127.0.0.1");
  const auto tls = make_server_context(self);
  std::atomic<bool> named = true;
  scripted_server control_plane({[&](peer& client) {
                                  named = SSL_get_servername(client.tls(), TLSEXT_NAMETYPE_host_name) != nullptr;
                                  answering()(client);
                                }},
                                tls.get());
  ask_at(control_plane.url("https"));
  const auto answer = fetch();
  ASSERT_TRUE(answer) << answer.error().detail;
  EXPECT_FALSE(named);
}

TEST_F(upstream_over_tls, only_the_right_server_is_believed) {
  EXPECT_NE(refused(signed_for("DNS:other.test")).detail.find("ostname mismatch"), std::string::npos);
  EXPECT_FALSE(refused(signed_for("IP:127.0.0.1")).sent) << "nothing of the request went there";
  refused(signed_for("", "cp.test"));  // the name only in the subject
  refused(signed_for("DNS:*.test.example"));
  refused(make_identity({.alternative_names = "DNS:cp.test"}));  // signed by itself
  const auto stranger = make_identity({.common_name = "authority", .authority = true});
  refused(make_identity({.alternative_names = "DNS:cp.test", .issuer = &stranger}));
  const auto expired = make_identity({.alternative_names = "DNS:cp.test", .valid_seconds = -60, .issuer = &authority});
  EXPECT_NE(refused(expired).detail.find("expired"), std::string::npos);
  EXPECT_EQ(observer.codes, std::vector<std::string>(7, "tls"));
}

TEST_F(upstream_over_tls, an_address_must_stand_in_the_certificate_too) {
  const auto self = signed_for("DNS:127.0.0.1,IP:127.0.0.2");
  const auto tls = make_server_context(self);
  scripted_server control_plane({answering()}, tls.get());
  ask_at(control_plane.url("https"));
  EXPECT_EQ(kind_of(fetch()), "tls");
}

TEST_F(upstream_over_tls, the_systems_authorities_do_not_know_this_one) {
  settings.ca_file.clear();
  refused(signed_for("DNS:cp.test"));
}

TEST_F(upstream_over_tls, what_speaks_no_tls_is_a_tls_failure) {
  scripted_server plain({[](peer& client) { client.send("HTTP/1.1 400 Bad Request\r\n\r\n"); }});
  ask_at(plain.url("https"));
  EXPECT_EQ(kind_of(fetch()), "tls");
}

TEST_F(upstream_over_tls, a_handshake_that_stalls_is_given_up) {
  settings.connect_timeout = 150ms;
  scripted_server silent({[](peer& client) {
    client.read_head();
    client.client_leaves();
  }});
  ask_at(silent.url("https"));
  const auto answer = fetch();
  EXPECT_EQ(kind_of(answer), "tls");
  EXPECT_FALSE(answer.error().sent);
}

TEST_F(upstream_over_tls, a_client_certificate_is_shown_to_who_wants_it) {
  const auto self = signed_for("DNS:cp.test");
  const auto tls = make_server_context(self, &authority);
  scripted_server control_plane({answering()}, tls.get());
  ask_by_name(control_plane);
  EXPECT_EQ(kind_of(fetch()), "tls") << "without one";

  const auto client = make_identity({.common_name = "sidecache", .issuer = &authority});
  const pem_file certificate(*client.certificate);
  const pem_file key(*client.key);
  settings.client_certificate_file = certificate.path();
  settings.client_key_file = key.path();
  ask_by_name(control_plane);
  const auto answer = fetch();
  EXPECT_TRUE(answer) << answer.error().detail;
}

TEST_F(upstream_over_tls, files_that_can_not_be_used_are_named_at_start) {
  const auto refuses = [&](auto change, const char* named) {
    auto changed = settings;
    changed.url = "https://cp.test";
    change(changed);
    const auto site = upstream_site::make(changed);
    return !site && site.error().find(named) != std::string::npos;
  };
  EXPECT_FALSE(refuses([](auto&) {}, ""));
  EXPECT_TRUE(refuses([](auto& s) { s.ca_file = "/nowhere/ca.pem"; }, "/nowhere/ca.pem"));
  EXPECT_TRUE(refuses([](auto& s) { s.client_certificate_file = "/nowhere/c.pem"; }, "/nowhere/c.pem"));
  EXPECT_TRUE(refuses([&](auto& s) { s.client_certificate_file = authority_file.path(); }, "client key"));
  EXPECT_TRUE(refuses([](auto& s) { s.client_key_file = "/nowhere/k.pem"; }, "without a client certificate"));
  EXPECT_TRUE(refuses([](auto& s) { s.url = "https://a@b"; }, "user name"));
}

class upstream_sessions : public upstream_over_tls, public ::testing::WithParamInterface<int> {};

TEST_P(upstream_sessions, a_second_connection_resumes_the_session_of_the_first) {
  const auto self = signed_for("DNS:cp.test");
  const auto tls = make_server_context(self);
  SSL_CTX_set_max_proto_version(tls.get(), GetParam());
  std::vector<bool> resumed;
  std::mutex lock;
  scripted_server control_plane({[&](peer& client) {
                                  {
                                    const std::scoped_lock guard(lock);
                                    resumed.push_back(client.session_was_resumed());
                                  }
                                  client.read_head();
                                  client.answer("{}", "Connection: close\r\n");
                                  client.client_leaves();
                                }},
                                tls.get());
  ask_by_name(control_plane);
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(fetch());
  const std::scoped_lock guard(lock);
  EXPECT_EQ(resumed, (std::vector<bool>{false, true, true}));
}

INSTANTIATE_TEST_SUITE_P(versions, upstream_sessions, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION));

TEST_F(upstream_over_tls, a_body_that_ends_with_the_connection_needs_a_goodbye) {
  const auto self = signed_for("DNS:cp.test");
  const auto tls = make_server_context(self);
  scripted_server control_plane({[](peer& client) {
                                   client.read_head();
                                   client.send("HTTP/1.1 200 OK\r\n\r\nall of it");
                                   client.say_goodbye();
                                 },
                                 [](peer& client) {
                                   client.read_head();
                                   client.send("HTTP/1.1 200 OK\r\n\r\nhalf of");
                                 }},
                                tls.get());
  ask_by_name(control_plane);
  EXPECT_EQ(fetch()->body, "all of it");
  EXPECT_EQ(kind_of(fetch()), "reset");
  EXPECT_EQ(kind_of(relay()), "reset");
  EXPECT_FALSE(sink.finished);
}

TEST_F(upstream_over_tls, a_goodbye_while_idle_is_noticed_and_a_ticket_is_no_reason_to_part) {
  const auto self = signed_for("DNS:cp.test");
  const auto tls = make_server_context(self);
  SSL_CTX_set_max_proto_version(tls.get(), TLS1_3_VERSION);
  std::atomic<int> step = 0;
  scripted_server control_plane({[&](peer& client) {
                                   client.read_head();
                                   client.answer("1");
                                   SSL_new_session_ticket(client.tls());
                                   SSL_do_handshake(client.tls());
                                   step = 1;
                                   client.read_head();
                                   client.answer("2");
                                   client.say_goodbye();
                                   step = 2;
                                   client.client_leaves();
                                 },
                                 answering()},
                                tls.get());
  ask_by_name(control_plane);
  EXPECT_EQ(fetch()->body, "1");
  run_until([&] { return step == 1; });
  EXPECT_EQ(fetch()->body, "2");
  EXPECT_EQ(control_plane.connections(), 1) << "a ticket came while it was idle";
  run_until([&] { return step == 2; });
  EXPECT_EQ(fetch()->body, "{}");
  EXPECT_EQ(control_plane.connections(), 2);
  EXPECT_EQ(observer.codes, std::vector<std::string>(3, "200"));
}

TEST_F(upstream_over_tls, streams_both_ways_at_once) {
  const auto self = signed_for("DNS:cp.test");
  const auto tls = make_server_context(self);
  constexpr std::size_t block_size = 65536;
  constexpr int blocks = 64;
  scripted_server control_plane({[&](peer& client) {
                                  client.read_head();
                                  client.send("HTTP/1.1 200 OK\r\nContent-Length: 4194304\r\n\r\n");
                                  for (int i = 0; i < blocks; ++i) client.send(client.read_bytes(block_size));
                                  client.client_leaves();
                                }},
                                tls.get());
  ask_by_name(control_plane);
  std::deque<std::string> pieces;
  std::string all;
  for (int i = 0; i < blocks; ++i) {
    pieces.emplace_back(block_size, static_cast<char>('a' + i % 26));
    all += pieces.back();
  }
  body = scripted_body(std::move(pieces));
  ASSERT_TRUE(relay(with_body(http::method::post, "POST", http::framing::length, block_size * blocks)));
  EXPECT_TRUE(sink.body == all);
  EXPECT_EQ(origin->relays().idle(), 1u);
}

}  // namespace
}  // namespace sidecache::net::in_tests
