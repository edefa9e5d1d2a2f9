// The control plane that all peers of `./dev bench` stand in front of: bench_origin
//
// It has a record of 1.5 KB for every slug, made as it is asked for, and behaves as the query of each request says, so
// that one origin serves every row and nothing need be switched between them:
//   ?delay_ms=N    the answer waits so long
//   ?max_age=N     Cache-Control: max-age=N instead of 3600
//   ?no_store=1    Cache-Control: no-store
//   ?bytes=N       a body of N bytes instead of the record, never held in memory
// GET /bench/fetches answers how many requests it has had, itself not counted: what a cache did not spare it.
// One thread, level-triggered epoll, requests without bodies only. It prints where it listens and runs until ended.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>

#include "loopback.hpp"

namespace {

namespace bench = sidecache::bench;
using clock_type = std::chrono::steady_clock;
using std::chrono_literals::operator""ms;

constexpr std::size_t record_bytes = 1500;

/// A UUID of its own for each slug: caches index records by it, and one that all share would be an odd one to find.
std::string id_of(std::string_view slug) {
  const std::uint64_t hash = std::hash<std::string_view>{}(slug);
  std::array<char, 40> text{};
  const auto low = static_cast<unsigned>(hash & 0xffffU);
  const int size = std::snprintf(text.data(), text.size(), "%08x-%04x-4351-86d6-7622986fdfe6",
                                 static_cast<unsigned>(hash >> 32U), low);
  return {text.data(), static_cast<std::size_t>(size)};
}

std::string record(std::string_view slug) {
  std::string made = R"({"id":")" + id_of(slug);
  made +=
      R"(","organisation_id":"a4fe43c4-fcfe-493d-87dc-7945c8974306",)"
      R"("ai_provider_id":"openai","name":"OpenAI production","status":"active","created_at":"2024-11-04T09:12:44.000Z",)"
      R"("last_updated_at":"2025-06-17T15:03:21.000Z","object":"integration","masked_key":"sk-***p1",)"
      R"("configurations":{"openai_organization":"org-1","openai_project":"proj-1"},"allow_all_models":true,)"
      R"("global_workspace_access_settings":{"enabled":true,"usage_limits":[{"credit_limit":10,"periodic_reset":"monthly",)"
      R"("alert_threshold":8}],"rate_limits":[{"type":"requests","unit":"rpm","value":600}]},"workspace_count":12,)"
      R"("pricing_adjustments":{"multiplier":{"default":0.8,"cache_read_input_token":0.9}},"slug":")";
  made += slug;
  made += R"(","description":")";
  constexpr std::string_view tail = R"("})";
  if (made.size() + tail.size() < record_bytes) made.append(record_bytes - made.size() - tail.size(), 'd');
  return made += tail;
}

/// The number behind `name=` in the query, or `otherwise`.
std::uint64_t number(std::string_view query, std::string_view name, std::uint64_t otherwise) {
  const auto at = query.find(name);
  if (at == std::string_view::npos) return otherwise;
  const auto digits = query.substr(at + name.size());
  std::uint64_t value = otherwise;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return value;
}

std::string date_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

/// What is to be sent: the text, and after it so many bytes of filling.
struct answer {
  std::string text;
  std::uint64_t filling = 0;
};

answer answer_to(std::string_view path, std::string_view query) {
  answer made;
  std::string body;
  made.filling = number(query, "bytes=", 0);
  if (made.filling == 0) body = record(path.substr(path.rfind('/') + 1));
  const bool stored = number(query, "no_store=", 0) == 0;
  made.text = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nDate: " + date_now() +
              "\r\nETag: \"" + std::to_string(std::hash<std::string_view>{}(path)) + "\"\r\nCache-Control: " +
              (stored ? "max-age=" + std::to_string(number(query, "max_age=", 3600)) : "no-store") +
              "\r\nContent-Length: " + std::to_string(made.filling + body.size()) + "\r\n\r\n" + body;
  return made;
}

struct connection {
  std::string received;
  answer sending;
  std::uint64_t number = 0;  // tells a delayed answer that its connection has gone and the descriptor is another's
};

struct delayed {
  clock_type::time_point due;
  int client;
  std::uint64_t number;
  answer what;
  bool operator<(const delayed& other) const { return due > other.due; }  // the earliest on top
};

class origin {
 public:
  origin() {
    bench::watch(epoll_, listening_, EPOLLIN);
    std::printf("listening: origin http://127.0.0.1:%u\n", bench::port_of(listening_));
    std::fflush(stdout);
  }

  [[noreturn]] void run() {
    std::array<epoll_event, 256> events;
    for (;;) {
      const int ready = epoll_wait(epoll_, events.data(), events.size(), until_due());
      for (int i = 0; i < ready; ++i) handle(events[static_cast<std::size_t>(i)]);
      send_what_is_due();
    }
  }

 private:
  [[nodiscard]] int until_due() const {
    if (delayed_.empty()) return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(delayed_.top().due - clock_type::now());
    return static_cast<int>(std::max(left, 0ms).count());
  }

  void handle(const epoll_event& event) {
    const int descriptor = event.data.fd;
    if (descriptor == listening_) {
      for (int client = bench::accept_one(listening_); client >= 0; client = bench::accept_one(listening_)) {
        connections_[client].number = ++accepted_;
        bench::watch(epoll_, client, EPOLLIN);
      }
    } else if ((event.events & EPOLLOUT) != 0U) {
      send_on(descriptor);
    } else {
      read(descriptor);
    }
  }

  void read(int client) {
    const auto got = recv(client, buffer_.data(), buffer_.size(), 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return forget(client);
    connection& from = connections_[client];
    from.received.append(buffer_.data(), static_cast<std::size_t>(got));
    const auto end = from.received.find("\r\n\r\n");
    if (end == std::string::npos) return;
    const std::string head = from.received.substr(0, end);
    from.received.erase(0, end + 4);
    take(client, from, head);
  }

  void take(int client, connection& from, std::string_view head) {
    const auto begin = head.find(' ') + 1;
    const auto target = head.substr(begin, head.find(' ', begin) - begin);
    const auto path = target.substr(0, target.find('?'));
    const auto query = target.substr(path.size());
    if (path == "/bench/fetches") {
      const auto count = std::to_string(fetches_);
      from.sending = {"HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(count.size()) + "\r\n\r\n" + count, 0};
      return send_on(client);
    }
    ++fetches_;
    const std::chrono::milliseconds delay(number(query, "delay_ms=", 0));
    if (delay > 0ms) {
      delayed_.push({clock_type::now() + delay, client, from.number, answer_to(path, query)});
      return;
    }
    from.sending = answer_to(path, query);
    send_on(client);
  }

  void send_what_is_due() {
    while (!delayed_.empty() && delayed_.top().due <= clock_type::now()) {
      const delayed next = delayed_.top();
      delayed_.pop();
      const auto found = connections_.find(next.client);
      if (found == connections_.end() || found->second.number != next.number) continue;
      found->second.sending = next.what;
      send_on(next.client);
    }
  }

  void send_on(int client) {
    answer& what = connections_[client].sending;
    while (!what.text.empty() || what.filling > 0) {
      const bool text = !what.text.empty();
      const auto size = text ? what.text.size() : std::min<std::uint64_t>(filling_.size(), what.filling);
      const auto sent = send(client, text ? what.text.data() : filling_.data(), size, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno != EAGAIN) return forget(client);
        bench::watch_anew(epoll_, client, EPOLLOUT);
        return;
      }
      if (text) {
        what.text.erase(0, static_cast<std::size_t>(sent));
      } else {
        what.filling -= static_cast<std::uint64_t>(sent);
      }
    }
    bench::watch_anew(epoll_, client, EPOLLIN);
  }

  void forget(int client) {
    connections_.erase(client);
    close(client);
  }

  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  int listening_ = bench::listen_on_loopback();
  std::array<char, 16384> buffer_{};
  std::string filling_ = std::string(std::size_t{256} << 10U, 'x');
  std::unordered_map<int, connection> connections_;
  std::priority_queue<delayed> delayed_;
  std::uint64_t accepted_ = 0;
  std::uint64_t fetches_ = 0;
};

}  // namespace

int main(int count, char** /*arguments*/) {
  if (count != 1) {
    std::fputs("usage: bench_origin, and the query of each request says how it behaves\n", stderr);
    return 64;
  }
  origin().run();
}
