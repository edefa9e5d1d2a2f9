// Other sidecaches over sockets: every address is asked once, and whoever is of no use costs a count.
#include "net/peer_listeners.hpp"

#include "base/manual_clock.hpp"
#include "proxy/core.hpp"
#include "unit/net/scripted_resolver.hpp"
#include "unit/net/test_certificates.hpp"
#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {
namespace {

using proxy::peer_result;

const proxy::peer_seal seal(secret("the secret that all of them have"));

proxy::settings healing() {
  proxy::settings s;
  s.kind = proxy::plane_kind::data;
  s.sync.heal = true;
  return s;
}

proxy::peer_answer stale(std::string ident) {
  return {.upto = {.epoch = "e", .number = 7},
          .named = {{.of = cache::family::config, .ident = std::move(ident), .workspace_id = "w"}}};
}

std::string target_in(const std::string& head) { return head.substr(4, head.find(" HTTP/1.1") - 4); }

/// One that says this, in an answer that it seals by `by`.
script saying(std::string body, const proxy::peer_seal& by = seal) {
  return [body = std::move(body), by](peer& client) {
    const std::string target = target_in(client.read_head());
    client.answer(body, std::string(proxy::answer_seal_field) + ": " + by.of_answer(target, body) + "\r\n");
  };
}
script saying(const proxy::peer_answer& what) { return saying(proxy::text_of(what)); }

class peers_over_sockets : public upstream_world {
 protected:
  /// What was said by the sidecaches at these URLs, of which names are `names`.
  std::vector<std::string> asked_at(const std::vector<std::string>& urls) {
    peer_listeners::sites sites;
    for (const auto& url : urls) {
      auto of = settings;
      of.url = url;
      auto site = upstream_site::make(of);
      if (!site) throw std::runtime_error(site.error());
      sites.push_back(std::move(*site));
    }
    peer_listeners others(context, sites, seal, sweep, nullptr,
                          [this](asio::io_context& in) { return std::make_unique<scripted_resolver>(in, names); });
    round = std::make_shared<proxy::peer_round>(core, proxy::tenant{.organisation = "org", .client = 5});
    bool over = false;
    asio::co_spawn(context, others.ask(round), [&](const std::exception_ptr& thrown) {
      over = true;
      if (thrown) std::rethrow_exception(thrown);
    });
    run_until([&] { return over; });
    std::vector<std::string> idents;
    for (const auto& each : round->take_names()) idents.push_back(each.ident);
    std::ranges::sort(idents);
    return idents;
  }
  [[nodiscard]] std::uint64_t counted(peer_result what) const { return core.counted(what); }

  manual_clock clock;
  proxy::core core{healing(), clock, process_keys{}};
  std::shared_ptr<resolutions> names = std::make_shared<resolutions>();
  std::shared_ptr<proxy::peer_round> round;
};

TEST_F(peers_over_sockets, every_address_of_a_name_is_asked) {
  scripted_server one({saying(stale("a"))});
  scripted_server two({saying(stale("b"))});
  names->automatic = {loopback(one.port()), loopback(two.port()), loopback(one.port())};
  EXPECT_EQ(asked_at({"http://peers.test:1"}), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(counted(peer_result::answered), 2U);
  EXPECT_EQ(one.connections(), 1) << "once, however often it is named";
}

TEST_F(peers_over_sockets, a_question_is_sealed_and_says_from_where_on) {
  std::string head;
  scripted_server one({saying(stale("a")), [&](peer& client) {
                         head = client.read_head();
                         client.answer("{}");
                       }});
  EXPECT_EQ(asked_at({one.url()}), std::vector<std::string>{"a"});
  round->handed_on();
  EXPECT_TRUE(asked_at({one.url()}).empty());
  const std::string target = target_in(head);
  const auto read = proxy::read_peer_question(target);
  ASSERT_TRUE(read) << target;
  EXPECT_EQ(read->whose.organisation, "org");
  EXPECT_EQ(read->whose.client, 5U);
  EXPECT_EQ(read->told, (proxy::peer_mark{"e", 7}));
  EXPECT_NE(head.find("Sidecache-Peer-Question: " + seal.of_question(target) + "\r\n"), std::string::npos) << head;
}

TEST_F(peers_over_sockets, who_is_of_no_use_costs_a_count) {
  const std::string answer = proxy::text_of(stale("a"));
  scripted_server garbled({saying("<html>")});
  scripted_server impostor({saying(answer, proxy::peer_seal(secret("another")))});
  scripted_server unsealed({[&](peer& client) {
    client.read_head();
    client.answer(answer);
  }});
  scripted_server refusing({[](peer& client) {
    client.read_head();
    client.answer("{}", "", "403 Forbidden");
  }});
  scripted_server broken({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{");
  }});
  scripted_server useful({saying(stale("b"))});
  scripted_server gone({saying(stale("c"))});
  const std::string nobody = gone.url();
  gone.stop_listening();
  EXPECT_EQ(
      asked_at({garbled.url(), impostor.url(), unsealed.url(), refusing.url(), broken.url(), nobody, useful.url()}),
      std::vector<std::string>{"b"});
  EXPECT_EQ(counted(peer_result::garbled), 3U);
  EXPECT_EQ(counted(peer_result::refused), 1U);
  EXPECT_EQ(counted(peer_result::unreachable), 2U);
  EXPECT_EQ(counted(peer_result::answered), 1U);
}

TEST_F(peers_over_sockets, an_answer_without_end_is_not_read_to_it) {
  scripted_server endless({[](peer& client) {
    client.read_head();
    client.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    const std::string piece = "10000\r\n" + std::string(65'536, ' ') + "\r\n";
    while (client.send(piece)) {
    }
  }});
  EXPECT_TRUE(asked_at({endless.url()}).empty());
  EXPECT_EQ(counted(peer_result::garbled), 1U);
}

TEST_F(peers_over_sockets, one_that_is_silent_is_given_up) {
  scripted_server silent({[](peer& client) {
    client.read_head();
    client.client_leaves();
  }});
  scripted_server useful({saying(stale("b"))});
  const auto begun = std::chrono::steady_clock::now();
  EXPECT_EQ(asked_at({silent.url(), useful.url()}), std::vector<std::string>{"b"});
  EXPECT_GE(std::chrono::steady_clock::now() - begun, peer_listeners::patience - 100ms);
  EXPECT_EQ(counted(peer_result::unreachable), 1U);
}

TEST_F(peers_over_sockets, a_name_that_means_nothing_is_unreachable) {
  scripted_server useful({saying(stale("b"))});
  asio::post(context, [this] { asio::post(context, [this] { names->answer(asio::error::host_not_found); }); });
  EXPECT_EQ(asked_at({"http://peers.test:1", useful.url()}), std::vector<std::string>{"b"});
  EXPECT_EQ(counted(peer_result::unreachable), 1U);
}

TEST_F(peers_over_sockets, no_more_than_so_many_are_asked) {
  scripted_server gone({saying(stale("c"))});
  gone.stop_listening();
  for (unsigned i = 0; i < peer_listeners::most + 3; ++i)
    names->automatic.emplace_back(asio::ip::make_address_v4(0x7F000002U + i), gone.port());
  asked_at({"http://peers.test:1"});
  EXPECT_EQ(counted(peer_result::left_out), 3U);
  EXPECT_EQ(counted(peer_result::unreachable), peer_listeners::most);
}

TEST_F(peers_over_sockets, over_tls_its_certificate_is_looked_at) {
  const identity authority = make_identity({.common_name = "authority", .authority = true});
  const pem_file authority_file{*authority.certificate};
  settings.ca_file = authority_file.path();
  const auto good = make_identity({.alternative_names = "DNS:peers.test", .issuer = &authority});
  const auto other = make_identity({.alternative_names = "DNS:other.test", .issuer = &authority});
  const auto good_tls = make_server_context(good);
  const auto other_tls = make_server_context(other);
  scripted_server right({saying(stale("a"))}, good_tls.get());
  scripted_server wrong({saying(stale("b"))}, other_tls.get());
  names->automatic = {loopback(right.port()), loopback(wrong.port())};
  EXPECT_EQ(asked_at({"https://peers.test:1"}), std::vector<std::string>{"a"});
  EXPECT_EQ(counted(peer_result::unreachable), 1U);
}

}  // namespace
}  // namespace sidecache::net::in_tests
