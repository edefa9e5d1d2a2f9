#include "app/supervisor.hpp"

#include <poll.h>
#include <spdlog/spdlog.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <optional>
#include <system_error>
#include <utility>

#include "app/bound_sockets.hpp"
#include "app/from_config.hpp"
#include "app/notices.hpp"
#include "app/supervision.hpp"
#include "app/worker_process.hpp"
#include "metrics/log.hpp"

namespace sidecache::app {
namespace {

using std::chrono::steady_clock;

owned_descriptor signals_as_descriptor() {
  sigset_t all;
  sigemptyset(&all);
  for (const int each : {SIGTERM, SIGINT, SIGUSR2, SIGHUP, SIGCHLD}) sigaddset(&all, each);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  owned_descriptor made(::signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK));
  if (made.get() < 0) throw std::system_error(errno, std::system_category(), "signalfd");
  return made;
}

class supervisor {
 public:
  supervisor(bound_sockets& sockets, worker_blueprint blueprint, const shared_page& memory, int signals)
      : sockets_(sockets),
        blueprint_(std::move(blueprint)),
        page_(memory.page),
        signals_(signals),
        notices_(notices::from_environment()) {}

  int run() {
    perform(decisions_.begin(steady_clock::now()));
    while (!exit_code_) {
      wait();
      hear_workers();
      hear_signals();
      reap();
      perform(decisions_.passed(steady_clock::now()));
    }
    return *exit_code_;
  }

 private:
  using seat = supervision::seat;
  using deed = supervision::deed;

  void wait() const {
    std::array<pollfd, 3> what{};
    what[2] = {.fd = signals_, .events = POLLIN, .revents = 0};
    for (std::size_t i = 0; i < workers_.size(); ++i)
      what[i] = {.fd = workers_[i].channel.get(), .events = POLLIN, .revents = 0};  // -1 is passed over
    int timeout = -1;
    if (const auto wake = decisions_.wake_at()) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*wake - steady_clock::now()).count();
      timeout = static_cast<int>(std::clamp<std::int64_t>(left, 0, 60'000));
    }
    ::poll(what.data(), what.size(), timeout);
  }

  /// Whoever can be read has said something, or is gone, of which SIGCHLD tells.
  void hear_workers() {
    for (seat who = 0; who < workers_.size(); ++who) {
      pollfd one{.fd = workers_[who].channel.get(), .events = POLLIN, .revents = 0};
      if (one.fd < 0 || ::poll(&one, 1, 0) <= 0) continue;
      char byte = 0;
      if (::read(one.fd, &byte, 1) == 1) {
        hear(who, worker_news{byte});
      } else {
        workers_[who].channel = owned_descriptor();
      }
    }
  }

  void hear(seat who, worker_news what) {
    perform(what == worker_news::ready ? decisions_.ready(who)
                                       : decisions_.reloaded(who, what == worker_news::reloaded));
  }

  void hear_signals() {
    signalfd_siginfo got{};
    while (::read(signals_, &got, sizeof got) == sizeof got) {
      switch (got.ssi_signo) {
        case SIGTERM:
        case SIGINT:
          spdlog::info("signal {}: passed on to the worker", got.ssi_signo);
          notices_.stopping();
          perform(decisions_.terminate(static_cast<int>(got.ssi_signo)));
          sockets_.close();  // the worker's are the last: it closes them when it has served who is queued
          break;
        case SIGUSR2:
          spdlog::info("signal {}: replacing the worker", got.ssi_signo);
          perform(decisions_.replace(steady_clock::now()));
          break;
        case SIGHUP:
          spdlog::info("signal {}: the worker reads its settings anew", got.ssi_signo);
          perform(decisions_.reload());
          break;
        default:
          break;
      }
    }
  }

  void reap() {
    for (seat who = 0; who < workers_.size(); ++who) {
      int status = 0;
      if (workers_[who].pid < 0 || ::waitpid(workers_[who].pid, &status, WNOHANG) != workers_[who].pid) continue;
      workers_[who] = {};
      perform(decisions_.ended(who, status, steady_clock::now()));
    }
  }

  void perform(const supervision::orders& orders) {
    for (const auto& each : orders) perform(each);
  }
  void perform(const supervision::order& order) {
    switch (order.what) {
      case deed::start:
        workers_[order.on] = start_worker(blueprint_, order.on);
        break;
      case deed::signal:
        order.number == SIGKILL ? void(::kill(workers_[order.on].pid, SIGKILL)) : workers_[order.on].tell(order.number);
        break;
      case deed::give_back:
        page_->serving = order.on;
        break;
      case deed::announce:
        for (const announced& one : sockets_.listening())
          std::cout << "listening: " << one.name << " " << one.where << "\n" << std::flush;
        notices_.ready(where_lookups_go(sockets_.listening()));
        break;
      case deed::reloading:
        notices_.reloading(steady_clock::now());
        break;
      case deed::reloaded:
        notices_.reloaded(order.number == 1);
        break;
      case deed::end:
        exit_code_ = order.number;
        break;
      case deed::say:
        spdlog::info("{}", order.text);
        break;
      case deed::say_trouble:
        spdlog::error("{}", order.text);
        break;
    }
  }

  bound_sockets& sockets_;
  worker_blueprint blueprint_;
  std::shared_ptr<proxy::tenure_page> page_;
  int signals_;
  notices notices_;
  supervision decisions_;
  std::array<started_worker, 2> workers_;
  std::optional<int> exit_code_;
};

}  // namespace

int supervise(const config::loaded_settings& settings, std::vector<std::string> arguments) {
  const owned_descriptor signals = signals_as_descriptor();
  bound_sockets sockets(settings.values);
  const metrics::log log(log_settings(settings.values));
  const shared_page memory = make_page();
  // By its name, and not as /proc/self/exe: an upgrade puts another file there.
  worker_blueprint blueprint{.program = std::filesystem::read_symlink("/proc/self/exe"),
                             .arguments = std::move(arguments),
                             .sockets = sockets.descriptors(),
                             .socket_names = sockets.names(),
                             .giver_keeps = sockets.giver_keeps(),
                             .page = memory.descriptor.get()};
  return supervisor(sockets, std::move(blueprint), memory, signals.get()).run();
}

}  // namespace sidecache::app
