// The load that wrk can't make: bench_client --port N --request FILE (--count N | --seconds N) [more:
// client_options.hpp]
//
// Closed: each of the connections asks again when it was answered; with as many requests as connections that is a
// stampede, since all connections stand before the first byte is sent. With --rate open: request i is due at i / rate,
// whatever became of those before it, and its latency counts from that moment, so that a server which stalls can't hide
// the requests it kept from being sent. When all is over it prints one JSON object. One thread; SIGTERM lets it ask no
// more and end when all is answered.
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <exception>
#include <map>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "answer_reader.hpp"
#include "client_options.hpp"
#include "loopback.hpp"

namespace {

namespace bench = sidecache::bench;
using clock_type = std::chrono::steady_clock;
using std::chrono_literals::operator""s;

volatile std::sig_atomic_t told_to_end = 0;

struct closes_file {
  void operator()(std::FILE* file) const { std::ignore = std::fclose(file); }
};

struct connection {
  int descriptor = -1;
  clock_type::time_point since;  // when the request under way was due
  bool busy = false;
  bench::answer_reader reader;
};

/// In nanoseconds; what --samples writes.
struct answered {
  std::uint64_t due = 0;  // by the monotonic clock
  std::uint64_t latency = 0;
};

class load {
 public:
  explicit load(const bench::client_options& told) : told_(told), random_(told.first + 1) {
    const auto at = told_.request.find("%d");
    before_ = told_.request.substr(0, at);
    if (at != std::string::npos) after_ = told_.request.substr(at + 2);
    numbered_ = at != std::string::npos;
    connections_.resize(told_.connections);
    if (!told_.samples.empty()) samples_.reset(std::fopen(told_.samples.c_str(), "wb"));
    if (!told_.samples.empty() && !samples_) throw std::invalid_argument("can't write " + told_.samples);
    for (std::size_t i = 0; i < connections_.size(); ++i) open(i);
  }

  void run() {
    began_ = told_.from > 0 ? clock_type::time_point(in_clock(told_.from)) : clock_type::now();
    while (under_way_ > 0 || wants_more()) {
      if (!open_loop()) ask_where_idle();
      if (open_loop()) ask_what_is_due();
      wait();
      if (under_way_ > 0 && clock_type::now() - last_answer_ > 20s && clock_type::now() - began_ > 20s) break;
    }
    took_ = std::chrono::duration<double>(clock_type::now() - began_).count();
  }

  void write_samples() {
    if (!samples_) return;
    for (const answered& each : answered_) std::ignore = std::fwrite(&each, sizeof(each), 1, samples_.get());
    if (std::fclose(samples_.release()) != 0) throw std::runtime_error("can't write " + told_.samples);
  }

  void print() {
    std::ranges::sort(answered_, {}, &answered::latency);
    std::printf(R"({"answered": %zu, "errors": %llu, "unanswered": %llu, "seconds": %.6f, "statuses": {)",
                answered_.size(), static_cast<unsigned long long>(errors_), static_cast<unsigned long long>(under_way_),
                took_);
    const char* comma = "";
    for (const auto& [status, count] : statuses_) {
      std::printf(R"(%s"%u": %llu)", comma, status, static_cast<unsigned long long>(count));
      comma = ", ";
    }
    std::printf(R"(}, "latency_us": {"p50": %.1f, "p90": %.1f, "p99": %.1f, "p99.9": %.1f, "max": %.1f}})"
                "\n",
                percentile(0.5), percentile(0.9), percentile(0.99), percentile(0.999), percentile(1));
    std::fflush(stdout);
  }

 private:
  [[nodiscard]] bool open_loop() const { return told_.rate > 0; }

  [[nodiscard]] bool wants_more() const {
    if (told_to_end != 0) return false;
    if (told_.count > 0 && asked_ >= told_.count) return false;
    if (told_.seconds <= 0) return true;
    return open_loop() ? due(asked_) < began_ + whole_time() : clock_type::now() < began_ + whole_time();
  }

  static clock_type::duration in_clock(double seconds) {
    return std::chrono::duration_cast<clock_type::duration>(std::chrono::duration<double>(seconds));
  }

  [[nodiscard]] clock_type::duration whole_time() const { return in_clock(told_.seconds); }

  [[nodiscard]] clock_type::time_point due(std::uint64_t i) const {
    const auto a_turn =
        told_.on > 0 ? std::max<std::uint64_t>(1, static_cast<std::uint64_t>(told_.rate * told_.on)) : 0;
    const auto turn = a_turn > 0 ? i / a_turn : 0;
    return began_ +
           in_clock(static_cast<double>(turn) * told_.every + static_cast<double>(i - turn * a_turn) / told_.rate);
  }

  void open(std::size_t i) {
    connections_[i] = {};
    connections_[i].descriptor = bench::connect_to(told_.port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    bench::or_throw(epoll_ctl(epoll_, EPOLL_CTL_ADD, connections_[i].descriptor, &event), "epoll_ctl");
    idle_.push_back(i);
  }

  void ask_where_idle() {
    while (!idle_.empty() && wants_more()) ask(clock_type::now());
  }

  void ask_what_is_due() {
    while (!idle_.empty() && wants_more() && due(asked_) <= clock_type::now()) ask(due(asked_));
  }

  void ask(clock_type::time_point since) {
    connection& by = connections_[idle_.front()];
    idle_.pop_front();
    by.since = since;
    by.busy = true;
    text_ = before_;
    if (numbered_) text_ += std::to_string(told_.first + next_record()) + after_;
    ++asked_;
    ++under_way_;
    // Half a KB always fits the send buffer of a connection that waits for nothing; one that is gone shows when it is
    // read.
    std::ignore = send(by.descriptor, text_.data(), text_.size(), MSG_NOSIGNAL);
  }

  [[nodiscard]] std::uint64_t next_record() {
    return (told_.order == bench::slug_order::random ? random_() : asked_) % told_.records;
  }

  void wait() {
    std::array<epoll_event, 256> events;
    timespec until{.tv_sec = 1, .tv_nsec = 0};
    if (open_loop() && wants_more() && !idle_.empty()) {
      const auto left = std::max(due(asked_) - clock_type::now(), clock_type::duration::zero());
      until = {.tv_sec = left / 1s, .tv_nsec = std::chrono::nanoseconds(left % 1s).count()};
    }
    if (open_loop() && told_.tick > 0) {
      std::this_thread::sleep_for(std::chrono::duration<double>(told_.tick));
      until = {};
    }
    const int ready = epoll_pwait2(epoll_, events.data(), events.size(), &until, nullptr);
    for (int i = 0; i < ready; ++i) read(events[static_cast<std::size_t>(i)].data.u64);
  }

  void read(std::size_t i) {
    connection& from = connections_[i];
    const auto got = recv(from.descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) return open_anew(i);
    switch (from.reader.take({buffer_.data(), static_cast<std::size_t>(got)})) {
      case bench::answer_reader::progress::more:
        return;
      case bench::answer_reader::progress::not_understood:
        return open_anew(i);
      case bench::answer_reader::progress::complete:
        return finished(i);
    }
  }

  void finished(std::size_t i) {
    connection& by = connections_[i];
    last_answer_ = clock_type::now();
    answered_.push_back({nanoseconds(by.since.time_since_epoch()), nanoseconds(last_answer_ - by.since)});
    ++statuses_[by.reader.status()];
    by.busy = false;
    --under_way_;
    idle_.push_back(i);
  }

  void open_anew(std::size_t i) {
    // Too many of these: whoever runs us sees them counted, and a server that is gone refuses the next connection.
    if (connections_[i].busy) {
      ++errors_;
      --under_way_;
    }
    close(connections_[i].descriptor);
    std::erase(idle_, i);
    open(i);
  }

  [[nodiscard]] static std::uint64_t nanoseconds(clock_type::duration time) {
    return static_cast<std::uint64_t>(std::chrono::nanoseconds(time).count());
  }

  [[nodiscard]] double percentile(double share) const {
    if (answered_.empty()) return 0;
    const auto at =
        std::min(static_cast<std::size_t>(share * static_cast<double>(answered_.size())), answered_.size() - 1);
    return static_cast<double>(answered_[at].latency) / 1000;
  }

  bench::client_options told_;
  std::minstd_rand random_;
  std::string before_;
  std::string after_;
  std::string text_;
  bool numbered_ = false;
  int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::array<char, 65536> buffer_{};
  std::unique_ptr<std::FILE, closes_file> samples_;
  std::vector<connection> connections_;
  std::deque<std::size_t> idle_;  // in turn, so that all of them are used at a low rate too
  clock_type::time_point began_;
  clock_type::time_point last_answer_ = clock_type::now();
  double took_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t under_way_ = 0;
  std::uint64_t errors_ = 0;
  std::map<unsigned, std::uint64_t> statuses_;
  std::deque<answered> answered_;  // a vector stands still when it grows, 10 ms and more at a million
};

}  // namespace

int main(int count, char** arguments) {
  try {
    const auto told = bench::client_options_of({arguments + 1, static_cast<std::size_t>(count - 1)});
    std::ignore = std::signal(SIGTERM, [](int) { told_to_end = 1; });
    load all(told);
    all.run();
    all.write_samples();
    all.print();
    if (told.hold) {
      std::ignore = std::signal(SIGTERM, SIG_DFL);
      while (std::getchar() != EOF) {
      }
    }
  } catch (const std::invalid_argument& wrong) {
    std::fprintf(stderr, "bench_client: %s\n", wrong.what());
    return 64;
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "bench_client: %s\n", failed.what());
    return 69;
  }
  return 0;
}
