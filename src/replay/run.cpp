#include "replay/run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/units.hpp"
#include "replay/sender.hpp"

namespace sidecache::replay {
namespace {

/// Everything here is the main thread's; senders post to it.
class conductor {
 public:
  conductor(const workload& work, const target& to, const run_settings& how)
      : work_(work), settings_(how), signals_(context_, SIGINT, SIGTERM), tick_(context_) {
    for (unsigned i = 0; i < how.threads; ++i) {
      const std::size_t connections = how.connections / how.threads + (i < how.connections % how.threads ? 1 : 0);
      senders_.push_back(
          std::make_unique<sender>(work, to, share{connections, i, how.threads, how.timeout, how.warm_up},
                                   [this](std::size_t connected, const std::string& problem) {
                                     asio::post(context_, [this, connected, problem] { opened(connected, problem); });
                                   }));
    }
  }

  std::expected<run_result, std::string> perform() {
    listen_for_signals();
    std::vector<std::jthread> threads;
    threads.reserve(senders_.size());
    for (const auto& each : senders_)
      threads.emplace_back([this, &each] {
        each->run();
        asio::post(context_, [this] { ended(); });
      });
    context_.run();
    threads.clear();  // joined
    if (connected_ == 0 && !problem_.empty()) return std::unexpected(problem_);
    if (begin_ == mono_time{}) return std::unexpected("interrupted before it began");
    return collect();
  }

 private:
  void listen_for_signals() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      result_.interrupted = true;
      stopped_ = std::chrono::steady_clock::now();
      for (const auto& each : senders_) each->stop();
    });
  }

  void opened(std::size_t connected, const std::string& problem) {
    connected_ += connected;
    if (problem_.empty()) problem_ = problem;
    if (++opened_ < senders_.size()) return;
    if (connected_ == 0 || result_.interrupted) {
      for (const auto& each : senders_) each->stop();
      return;
    }
    begin_ = std::chrono::steady_clock::now();
    for (const auto& each : senders_) each->start(begin_);
    if (settings_.progress) report_progress();
  }

  void ended() {
    if (++ended_ < senders_.size()) return;
    tick_.cancel();
    signals_.cancel();
    if (settings_.progress && on_terminal_) std::fputs("\r\x1b[K", stderr);
    context_.stop();
  }

  void report_progress() {
    tick_.expires_after(std::chrono::seconds(1));
    tick_.async_wait([this](const boost::system::error_code& error) {
      if (error) return;
      progress_figures all;
      for (const auto& each : senders_) {
        const auto figures = each->progress();
        all.answered += figures.answered;
        all.errors += figures.errors;
        all.behind = std::max(all.behind, figures.behind);
      }
      const auto passed = std::chrono::floor<std::chrono::seconds>(std::chrono::steady_clock::now() - begin_);
      const auto whole = std::chrono::ceil<std::chrono::seconds>(work_.length());
      const auto line = fmt::format("{} of {} s{}: {} answered ({} in the last second), {} errors, {:.1f} ms behind",
                                    passed.count(), whole.count(), passed <= settings_.warm_up ? ", warming up" : "",
                                    all.answered, all.answered - answered_before_, all.errors,
                                    std::chrono::duration<double, std::milli>(all.behind).count());
      answered_before_ = all.answered;
      std::fputs((on_terminal_ ? "\r\x1b[K" + line : line + "\n").c_str(), stderr);
      report_progress();
    });
  }

  run_result collect() {
    mono_time last = begin_;
    for (const auto& each : senders_) {
      result_.all.add(each->result());
      result_.cpu += each->cpu();
      last = std::max(last, each->ended());
      const std::chrono::duration<double> busy = each->cpu();
      const std::chrono::duration<double> lasted = each->ended() - begin_;
      result_.busiest_thread = std::max(result_.busiest_thread, lasted.count() > 0 ? busy / lasted : 0.0);
    }
    result_.elapsed = last - begin_;
    const duration planned = result_.interrupted ? std::min(work_.length(), stopped_ - begin_) : work_.length();
    result_.window = std::max(planned - settings_.warm_up, duration{});
    return std::move(result_);
  }

  const workload& work_;
  const run_settings& settings_;
  asio::io_context context_{1};
  asio::signal_set signals_;
  asio::steady_timer tick_;
  std::vector<std::unique_ptr<sender>> senders_;
  run_result result_;
  bool on_terminal_ = ::isatty(STDERR_FILENO) == 1;
  std::size_t opened_ = 0;
  std::size_t ended_ = 0;
  std::size_t connected_ = 0;
  std::string problem_;
  mono_time begin_;
  mono_time stopped_;
  std::uint64_t answered_before_ = 0;
};

}  // namespace

std::expected<run_result, std::string> run(const workload& work, const target& to, const run_settings& how) {
  return conductor(work, to, how).perform();
}

}  // namespace sidecache::replay
