// TLS towards clients, over a pair of sockets: what OpenSSL does at each end of it, step by step.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <filesystem>

#include "net/tls_channel.hpp"
#include "net/tls_watch.hpp"
#include "unit/net/test_certificates.hpp"

namespace sidecache::net {
namespace {

using need = tls_channel::need;
using in_tests::identity;
using in_tests::make_identity;
using in_tests::pem_file;
using ::testing::HasSubstr;

struct server_tls_test : ::testing::Test {
  static std::unique_ptr<server_tls> make(const pem_file& certificate, const pem_file& key, std::string clients = {}) {
    auto made = server_tls::make(
        {.certificate_file = certificate.path(), .key_file = key.path(), .client_ca_file = std::move(clients)});
    EXPECT_TRUE(made.has_value()) << (made ? "" : made.error());
    return std::move(made.value());
  }

  /// Both ends of a connection, and a client that talks at one of them.
  struct talk {
    explicit talk(server_tls& from, int version = TLS1_3_VERSION)
        : socket(context), settings(SSL_CTX_new(TLS_client_method())) {
      int ends[2] = {-1, -1};
      EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends), 0);
      socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[0]);
      other = ends[1];
      channel = std::make_unique<tls_channel>(socket.native_handle(), from, sweep);
      SSL_CTX_set_min_proto_version(settings.get(), version);
      SSL_CTX_set_max_proto_version(settings.get(), version);
      client.reset(SSL_new(settings.get()));
      SSL_set_fd(client.get(), other);
      SSL_set_connect_state(client.get());
    }
    talk(const talk&) = delete;
    talk& operator=(const talk&) = delete;
    ~talk() { ::close(other); }

    /// Each end does what it can until neither has anything left to do.
    tls_channel::step shake() {
      tls_channel::step server = channel->handshake();
      for (int turn = 0; turn < 10 && server.wait != need::nothing; ++turn) {
        SSL_do_handshake(client.get());
        server = channel->handshake();
      }
      SSL_do_handshake(client.get());
      return server;
    }
    std::string client_reads() {
      std::string got(1 << 20, '\0');
      std::size_t size = 0;
      std::size_t total = 0;
      while (SSL_read_ex(client.get(), got.data() + total, got.size() - total, &size) == 1) total += size;
      got.resize(total);
      return got;
    }

    boost::asio::io_context context{1};
    boost::asio::generic::stream_protocol::socket socket;
    deadline_sweep sweep{context};
    in_tests::context_ptr settings;
    int other = -1;
    std::unique_ptr<tls_channel> channel;
    std::unique_ptr<SSL, server_tls::ssl_free> client;
  };

  identity self = make_identity({.common_name = "one", .alternative_names = "DNS:sidecache.test"});
  pem_file certificate{*self.certificate};
  pem_file key{*self.key};
};

TEST_F(server_tls_test, bytes_go_both_ways_in_both_versions) {
  const auto tls = make(certificate, key);
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    talk between(*tls, version);
    ASSERT_FALSE(between.shake().error);
    EXPECT_EQ(between.channel->result(), handshake_result::ok);
    EXPECT_EQ(SSL_version(between.client.get()), version);
    SSL_write(between.client.get(), "question", 8);
    char got[100];
    EXPECT_EQ(between.channel->read(got, sizeof got).size, 8);
    EXPECT_EQ(between.channel->read(got, sizeof got).wait, need::readable);
    EXPECT_EQ(between.channel->write("answer").size, 6);
    EXPECT_EQ(between.client_reads(), "answer");
  }
}

TEST_F(server_tls_test, a_write_that_must_wait_goes_on_from_where_the_bytes_are_then) {
  const auto tls = make(certificate, key);
  talk between(*tls);
  ASSERT_FALSE(between.shake().error);
  between.client_reads();
  const std::string all(4 << 20, 'x');
  std::string_view left = all;
  tls_channel::step last;
  while (last.wait == need::nothing && !last.error) {
    last = between.channel->write(left);
    left.remove_prefix(last.size);
  }
  EXPECT_EQ(last.wait, need::writable);
  const std::string moved(left);
  left = moved;
  std::size_t got = 0;
  while (!left.empty()) {
    got += between.client_reads().size();
    const auto step = between.channel->write(left);
    ASSERT_FALSE(step.error) << step.error.message();
    left.remove_prefix(step.size);
  }
  got += between.client_reads().size();
  EXPECT_EQ(got, all.size());
}

TEST_F(server_tls_test, an_end_without_close_notify_is_no_end) {
  const auto tls = make(certificate, key);
  char got[10];
  {
    talk between(*tls);
    ASSERT_FALSE(between.shake().error);
    SSL_shutdown(between.client.get());
    EXPECT_EQ(between.channel->read(got, sizeof got).error, boost::asio::error::eof);
  }
  talk cut(*tls);
  ASSERT_FALSE(cut.shake().error);
  ::shutdown(cut.other, SHUT_WR);
  EXPECT_EQ(cut.channel->read(got, sizeof got).error, boost::asio::ssl::error::stream_truncated);
}

TEST_F(server_tls_test, the_client_is_told_of_the_end_unless_something_was_cut_off) {
  const auto tls = make(certificate, key);
  talk between(*tls);
  ASSERT_FALSE(between.shake().error);
  between.channel->say_goodbye();
  between.client_reads();
  EXPECT_NE(SSL_get_shutdown(between.client.get()) & SSL_RECEIVED_SHUTDOWN, 0);

  talk cut(*tls);
  ASSERT_FALSE(cut.shake().error);
  const std::string all(4 << 20, 'x');
  while (cut.channel->write(all).wait == need::nothing) {
  }
  cut.client_reads();
  cut.channel->say_goodbye();
  cut.client_reads();
  EXPECT_EQ(SSL_get_shutdown(cut.client.get()) & SSL_RECEIVED_SHUTDOWN, 0);
}

TEST_F(server_tls_test, a_client_that_has_left_is_an_error_and_no_signal) {
  const auto tls = make(certificate, key);
  talk between(*tls);
  ASSERT_FALSE(between.shake().error);
  ::close(std::exchange(between.other, -1));
  tls_channel::step step;
  while (!step.error && step.wait == need::nothing) step = between.channel->write("into the void");
  EXPECT_EQ(step.error, boost::system::errc::broken_pipe);
  between.channel->say_goodbye();
}

TEST_F(server_tls_test, handshakes_that_fail_have_names) {
  const auto tls = make(certificate, key);
  const auto sent = [&](std::string_view bytes, bool leaves) {
    talk between(*tls);
    EXPECT_EQ(::send(between.other, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    if (leaves) ::shutdown(between.other, SHUT_WR);
    EXPECT_TRUE(between.channel->handshake().error);
    return between.channel->result();
  };
  EXPECT_EQ(sent("GET / HTTP/1.1\r\nHost: h\r\n\r\n", false), handshake_result::plain_http);
  EXPECT_EQ(sent("POST / HTTP/1.1\r\nHost: h\r\n\r\n", true), handshake_result::plain_http);
  EXPECT_EQ(sent("SSH-2.0-OpenSSH_9.2\r\n", false), handshake_result::failed);
  EXPECT_EQ(sent("\x16\x03\x01", true), handshake_result::client_left);
  EXPECT_EQ(sent("", true), handshake_result::client_left);
  talk old(*tls, TLS1_1_VERSION);
  EXPECT_TRUE(old.shake().error);
  EXPECT_EQ(old.channel->result(), handshake_result::failed);
}

TEST_F(server_tls_test, clients_need_a_certificate_where_an_authority_for_them_is_set) {
  const auto tls = make(certificate, key, certificate.path());
  talk without(*tls);
  EXPECT_TRUE(without.shake().error);
  EXPECT_EQ(without.channel->result(), handshake_result::client_certificate);
  talk with(*tls);
  SSL_use_certificate(with.client.get(), self.certificate.get());
  SSL_use_PrivateKey(with.client.get(), self.key.get());
  EXPECT_FALSE(with.shake().error);
}

TEST_F(server_tls_test, files_that_change_are_taken_together_or_not_at_all) {
  const auto tls = make(certificate, key);
  const auto expiry = tls->expires_at();
  EXPECT_EQ(tls->check(), server_tls::change::none);

  const identity renewed = make_identity({.common_name = "two", .valid_seconds = 7200});
  const pem_file new_certificate(*renewed.certificate);
  const pem_file new_key(*renewed.key);
  talk before(*tls);
  std::filesystem::rename(new_key.path(), key.path());
  EXPECT_EQ(tls->check(), server_tls::change::refused);
  EXPECT_EQ(tls->check(), server_tls::change::none) << "said once";
  EXPECT_EQ(tls->expires_at(), expiry);
  talk meanwhile(*tls);
  EXPECT_FALSE(meanwhile.shake().error);

  std::filesystem::rename(new_certificate.path(), certificate.path());
  EXPECT_EQ(tls->check(), server_tls::change::taken);
  EXPECT_NEAR(static_cast<double>(tls->expires_at() - expiry), 3600, 60);  // they were not made in the same second
  EXPECT_FALSE(before.shake().error) << "begun with the old one, it ends with it";
  EXPECT_EQ(tls->reloads(), 1);
  EXPECT_EQ(tls->refused_reloads(), 1);
}

TEST_F(server_tls_test, a_session_from_before_a_change_is_not_resumed) {
  const auto tls = make(certificate, key);
  const auto resumed_by = [&](SSL_SESSION* session) {
    talk between(*tls, TLS1_2_VERSION);
    if (session != nullptr) SSL_set_session(between.client.get(), session);
    EXPECT_FALSE(between.shake().error);
    const bool resumed = between.channel->result() == handshake_result::resumed;
    SSL_shutdown(between.client.get());  // a session that was broken off is not resumed
    return std::pair(resumed, SSL_get1_session(between.client.get()));
  };
  SSL_SESSION* const session = resumed_by(nullptr).second;
  const auto [resumed, second] = resumed_by(session);
  EXPECT_TRUE(resumed);
  const pem_file same(*self.certificate);
  std::filesystem::rename(same.path(), certificate.path());
  EXPECT_EQ(tls->check(), server_tls::change::taken);
  const auto [resumed_after, third] = resumed_by(session);
  EXPECT_FALSE(resumed_after);
  for (auto* each : {session, second, third}) SSL_SESSION_free(each);
}

TEST_F(server_tls_test, what_can_not_be_used_is_named_but_no_path_of_a_key) {
  const identity other = make_identity({});
  const pem_file other_key(*other.key);
  const auto error = [](const std::string& certificate_file, const std::string& key_file, const std::string& clients) {
    return server_tls::make({.certificate_file = certificate_file, .key_file = key_file, .client_ca_file = clients})
        .error();
  };
  EXPECT_THAT(error("/nowhere", "", ""), HasSubstr("cannot use the certificate in /nowhere: No such file"));
  const auto mismatch = error(certificate.path(), other_key.path(), "");
  EXPECT_THAT(mismatch, HasSubstr("cannot use the key of the certificate: key values mismatch"));
  EXPECT_THAT(mismatch, ::testing::Not(HasSubstr(other_key.path())));
  EXPECT_THAT(error(certificate.path(), "", ""), HasSubstr("cannot use the key of the certificate in"));
  EXPECT_THAT(error(certificate.path(), key.path(), key.path()), HasSubstr("cannot use the authorities for clients"));
}

}  // namespace
}  // namespace sidecache::net
