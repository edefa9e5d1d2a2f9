// The floor that a hit is measured against: bare_epoll ANSWER_FILE [THREADS]
//
// One thread, or as many as said, each with an epoll and connections of its own: level-triggered epoll, one recv and
// one send a request. It looks for the blank line and for nothing else, and answers with the bytes of the file, which
// are those of sidecache's own hit: what it spends is the kernel's part of any server's answer, so the ratio to it says
// what everything else costs. It prints where it listens and runs until it is ended by a signal.
#include <sys/epoll.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "loopback.hpp"

namespace {

namespace bench = sidecache::bench;
using std::string_view_literals::operator""sv;

class server {
 public:
  server(const std::string& answer, int listening) : answer_(answer), listening_(listening) {
    bench::watch(epoll_, listening_, EPOLLIN | EPOLLEXCLUSIVE);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), events.size(), -1);
      for (int i = 0; i < ready; ++i) {
        const int descriptor = events[static_cast<std::size_t>(i)].data.fd;
        if (descriptor == listening_) {
          accept_all();
        } else {
          serve(descriptor);
        }
      }
    }
  }

 private:
  void accept_all() {
    for (int client = bench::accept_one(listening_); client >= 0; client = bench::accept_one(listening_))
      bench::watch(epoll_, client, EPOLLIN);
  }

  void serve(int client) {
    const auto got = recv(client, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
      begun_.erase(client);
      close(client);
      return;
    }
    const std::string_view received(buffer_.data(), static_cast<std::size_t>(got));
    // A whole request in one segment, as load tools send it.
    if (begun_.empty() && received.find("\r\n\r\n"sv) == received.size() - 4) {
      answer(client);
      return;
    }
    std::string& begun = begun_[client];
    begun += received;
    for (auto end = begun.find("\r\n\r\n"sv); end != std::string::npos; end = begun.find("\r\n\r\n"sv)) {
      begun.erase(0, end + 4);
      answer(client);
    }
    if (begun.empty()) begun_.erase(client);
  }

  void answer(int client) const {
    // 1.7 KB always fit an empty send buffer, and a client waits for its answer before it asks again.
    if (send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL) < 0) return;
  }

  const std::string& answer_;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listening_;
  std::array<char, 16384> buffer_{};
  std::unordered_map<int, std::string> begun_;
};

}  // namespace

int main(int count, char** arguments) {
  const int threads = count == 3 ? std::atoi(arguments[2]) : 1;
  if (count < 2 || count > 3 || threads < 1) {
    std::fputs("usage: bare_epoll ANSWER_FILE [THREADS]\n", stderr);
    return 64;
  }
  std::ifstream file(arguments[1], std::ios::binary);
  const std::string answer(std::istreambuf_iterator<char>(file), {});
  if (answer.empty()) {
    std::fputs("bare_epoll: no answer in that file\n", stderr);
    return 64;
  }
  const int listening = bench::listen_on_loopback();
  std::printf("listening: bare http://127.0.0.1:%u\n", bench::port_of(listening));
  std::fflush(stdout);
  const auto serve = [&] { server(answer, listening).run(); };
  std::vector<std::thread> others;
  for (int i = 1; i < threads; ++i) others.emplace_back(serve);
  serve();
}
