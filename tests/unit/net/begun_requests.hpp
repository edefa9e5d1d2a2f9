// Requests that begin without a coroutine, on a connection that is kept: what tests of begin_fetch() and begin_relay()
// have in common.
#pragma once

#include "unit/net/upstream_world.hpp"

namespace sidecache::net::in_tests {

class told_of_answers final : public proxy::answer_waiter {
 public:
  void answer_came() override { ++times; }
  int times = 0;
};

/// Answers once as any other, then by the script.
inline script after_one(script then) {
  return [then = std::move(then)](peer& client) {
    client.read_head();
    client.answer("first");
    then(client);
    client.client_leaves();
  };
}

/// An answer that one read does not bring as it is to go on.
struct in_pieces {
  const char* name;
  std::vector<std::string> pieces;
  std::string body;
  unsigned status = 200;
  bool kept = true;
};

inline const std::vector<in_pieces>& answers_in_pieces() {
  static const std::vector<in_pieces> all = {

      in_pieces{"half_a_head", {"HTTP/1.1 200 OK\r\nContent-", "Length: 2\r\n\r\n{}"}, "{}"},
      in_pieces{"half_a_body", {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{", "12}"}, "{12}"},
      in_pieces{"chunks", {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"}, "{}"},
      in_pieces{"interim", {"HTTP/1.1 103 Early\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}, "{}"},
      in_pieces{
          "interim_alone", {"HTTP/1.1 103 Early\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"}, "{}"},
      in_pieces{"close", {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}"}, "{}", 200, false},
      in_pieces{"too_much", {"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}x"}, "{}", 200, false},
      in_pieces{"old", {"HTTP/1.0 404 No\r\nContent-Length: 2\r\n\r\n{}"}, "{}", 404, false}};
  return all;
}

/// Sends a piece, then waits until `goes_on` says that the next may come.
class piecewise {
 public:
  explicit piecewise(const in_pieces& what) : what_(what) {}
  void operator()(peer& client) {
    client.read_head();
    for (const auto& piece : what_.pieces) {
      client.send(piece);
      ++sent_;
      while (sent_ < let_go) std::this_thread::yield();
      sent_ = 1;
    }
  }
  void goes_on() { sent_ = let_go; }

 private:
  static constexpr int let_go = 10;
  const in_pieces& what_;
  std::atomic<int> sent_ = 0;
};

}  // namespace sidecache::net::in_tests
