// A server on loopback with a scripted handler, and a client that speaks bytes, for tests of the wire.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "http/body_decoder.hpp"
#include "http/head_parser.hpp"
#include "net/server.hpp"
#include "unit/net/recording_observer.hpp"

namespace sidecache::net {

using namespace std::chrono_literals;

/// Blocking, with a limit on every wait so that a broken server fails the test instead of hanging it.
class wire_client {
 public:
  explicit wire_client(std::uint16_t port, int receive_buffer = 0) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int at_once = 1;  // what is sent behind something that was not answered yet, too
    setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
    if (receive_buffer > 0) setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connect(reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  explicit wire_client(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0)) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    path.copy(to.sun_path, sizeof to.sun_path - 1);
    connect(reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  wire_client(const wire_client&) = delete;
  wire_client& operator=(const wire_client&) = delete;
  ~wire_client() { close(); }

  wire_client& send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) break;  // what the server does about it is read afterwards
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return *this;
  }

  struct answer {
    http::response_head head;
    std::string body;
    http::fields trailers;
  };
  /// The next answer, framed as its head says.
  answer read_answer(http::method asked = http::method::get) {
    answer got;
    std::optional<std::size_t> end;
    while (!(end = http::find_head_end(buffered_, 0))) {
      if (receive() <= 0) {
        ADD_FAILURE() << "the connection ended before an answer's head: " << buffered_;
        return got;
      }
    }
    const auto parsed = http::parse_response_head(buffered_.substr(0, *end), asked, got.head);
    EXPECT_TRUE(parsed.has_value()) << (parsed ? "" : parsed.error()) << buffered_;
    last_head_ = buffered_.substr(0, *end);
    buffered_.erase(0, *end);
    read_body(got);
    return got;
  }
  /// All that comes until the server closes. `reset()` tells how it closed.
  std::string read_to_end() {
    while (receive() > 0) {
    }
    return std::exchange(buffered_, {});
  }
  /// Waits for `text` to arrive; true if it did.
  bool read_until(std::string_view text) {
    while (!buffered_.contains(text))
      if (receive() <= 0) return false;
    return true;
  }
  /// Waits so long for something to read; true if nothing came, not even the end.
  [[nodiscard]] bool nothing_comes_for(std::chrono::milliseconds patience) const {
    pollfd readable{fd_, POLLIN, 0};
    return ::poll(&readable, 1, static_cast<int>(patience.count())) == 0;
  }
  /// Takes at most so many bytes, of those that come within `patience`, and forgets them.
  void take(std::size_t most, std::chrono::milliseconds patience = 10s) const {
    std::vector<char> bytes(most);
    if (!nothing_comes_for(patience)) ::recv(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT);
  }
  [[nodiscard]] bool closed_by_server() { return read_to_end().empty() && !timed_out_; }
  [[nodiscard]] bool was_reset() const { return reset_; }
  [[nodiscard]] const std::string& last_head() const { return last_head_; }
  [[nodiscard]] std::string take_buffered() { return std::exchange(buffered_, {}); }

  void half_close() const { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  /// Resets the connection.
  void vanish() {
    const linger now{1, 0};
    setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close();
  }

 private:
  void connect(const sockaddr* to, socklen_t size) {
    const timeval patience{10, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    EXPECT_EQ(::connect(fd_, to, size), 0) << strerror(errno);
  }
  ssize_t receive() {
    char bytes[16384];
    const auto n = ::recv(fd_, bytes, sizeof bytes, 0);
    if (n > 0) buffered_.append(bytes, static_cast<std::size_t>(n));
    reset_ = n < 0 && errno == ECONNRESET;
    timed_out_ = n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
    EXPECT_FALSE(timed_out_) << "nothing came for 10 s; so far: " << buffered_.substr(0, 500);
    return n;
  }
  void read_body(answer& got) {
    http::body_decoder decoder(got.head.body, got.head.content_length);
    while (!decoder.done()) {
      const auto step = decoder.next(buffered_);
      if (!step) {
        ADD_FAILURE() << step.error();
        return;
      }
      got.body.append(step->piece);
      buffered_.erase(0, step->consumed);
      if (decoder.done() || !step->piece.empty()) continue;
      if (receive() <= 0) {
        EXPECT_TRUE(decoder.at_end_of_connection()) << "the answer was cut off";
        return;
      }
    }
    got.trailers = decoder.trailers();
  }

  int fd_;
  std::string buffered_;
  std::string last_head_;
  bool reset_ = false;
  bool timed_out_ = false;
};

class scripted_handler final : public proxy::handler {
 public:
  std::function<std::optional<proxy::answer>(const http::request_head&)> now = [](const auto&) { return std::nullopt; };
  std::function<asio::awaitable<void>(proxy::exchange&)> later;

  /// From the second request with a header block on.
  std::function<bool(std::string_view target, std::string_view if_none_match, proxy::answer&)> known;

  /// Requests that came with what recognise() had made of their block.
  std::atomic<int> by_block = 0;

  std::shared_ptr<const proxy::known_block> recognise(const http::request_head& request) override {
    return known ? std::make_shared<of_credential>(credential(request)) : nullptr;
  }
  bool answer_known(std::string_view target, const proxy::known_block& /*by*/, std::string_view if_none_match,
                    mono_time /*at*/, proxy::answer& out) override {
    return known(target, if_none_match, out);
  }
  std::optional<proxy::answer> answer_now(const http::request_head& request, const proxy::known_block* by) override {
    check(request, by);
    return now(request);
  }
  asio::awaitable<void> handle(proxy::exchange& client) override {
    check(client.request(), client.known());
    return later(client);
  }

 private:
  struct of_credential final : proxy::known_block {
    explicit of_credential(std::string_view whose) : whose(whose) {}
    const std::string whose;
  };
  static std::string_view credential(const http::request_head& request) {
    return request.fields.find("x-portkey-api-key").value_or("nobody");
  }
  void check(const http::request_head& request, const proxy::known_block* by) {
    if (by == nullptr) return;
    EXPECT_EQ(static_cast<const of_credential*>(by)->whose, credential(request)) << "another client's block";
    ++by_block;
  }
};

/// Something a worker reaches and the test waits for.
class latch_in_time {
 public:
  void reach() {
    const std::scoped_lock lock(mutex_);
    reached_ = true;
    changed_.notify_all();
  }
  [[nodiscard]] bool wait(duration patience = 10s) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return reached_; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool reached_ = false;
};

/// For what nobody tells of.
template <class Condition>
bool in_time(Condition condition) {
  const auto end = std::chrono::steady_clock::now() + 10s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::yield();
  }
  return true;
}

inline proxy::answer text_answer(std::string body, unsigned status = 200) {
  return proxy::make_answer(status, "text/plain", std::move(body));
}

struct server_test : testing::Test {
  /// Tests that change limits or the handler do so before they call this.
  std::uint16_t start() {
    served = std::make_unique<server>(
        pool, std::vector<listen_place>{*parse_listen_address("127.0.0.1:0")},
        [this](std::size_t) -> proxy::handler& { return handler; },
        [this](std::size_t) -> proxy::observer& { return observer; }, limits);
    served->open();
    pool.start();
    return served->port();
  }
  /// An answer that echoes method and target.
  void echo() {
    handler.now = [](const http::request_head& request) {
      return text_answer(request.method_name + " " + request.target);
    };
  }
  /// An answer that gives the body back.
  void echo_body() {
    handler.later = [](proxy::exchange& client) -> asio::awaitable<void> {
      std::string all;
      for (;;) {
        const auto piece = co_await client.body().next();
        if (!piece) co_return;
        if (piece->empty()) break;
        all.append(*piece);
      }
      co_await client.send(text_answer(std::move(all)));
    };
  }

  scripted_handler handler;
  recording_observer observer;
  session_limits limits;
  worker_pool pool{2};
  std::unique_ptr<server> served;  // last: goes first
};

inline std::string get(std::string_view target, std::string_view fields = {}) {
  return std::string("GET ").append(target).append(" HTTP/1.1\r\nHost: h\r\n").append(fields).append("\r\n");
}

}  // namespace sidecache::net
