#include "app/process_life.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <string_view>

#include "app/worker_process.hpp"

namespace sidecache::app {
namespace {

using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::array<std::string_view, 6> what_now{"serving",
                                                   "not ready any more; accepting until shutdown.delay is over",
                                                   "accepting until no request came for shutdown.linger",
                                                   "accepting no more; answering what is under way",
                                                   "closing what is left",
                                                   "ending at once"};

}  // namespace

struct process_life::run_state {
  shutdown_phases phases;
  living what;
};

void process_life::run(living what) {
  run_state state{shutdown_phases(what.terms()), std::move(what)};
  await_signal(state);
  if (channel_.is_open()) await_order(state);
  if (state.what.look) await_look(state);
  context_.run();
}

void process_life::obey(int channel) { channel_.assign(channel); }

void process_life::await_signal(run_state& state) {
  signals_.async_wait([this, &state](const error_code& cancelled, int number) {
    if (cancelled) return;
    if (!channel_.is_open()) {
      act_on(state, number);
    } else {
      spdlog::info("signal {}: it is the supervisor's to act on", number);
    }
    await_signal(state);
  });
}

void process_life::await_order(run_state& state) {
  channel_.async_read_some(boost::asio::buffer(&order_, 1), [this, &state](const error_code& gone, std::size_t) {
    if (gone) {
      spdlog::error("the supervisor is gone");
      channel_.close();  // and so signals count again
      return act_on(state, SIGTERM);
    }
    act_on(state, order_);
    await_order(state);
  });
}

bool process_life::reload(run_state& state) {
  if (state.phases.at() == phase::serving && state.what.reload) return state.what.reload();
  spdlog::info("signal {}: nothing is read anew at the end", SIGHUP);
  return false;
}

void process_life::await_look(run_state& state) {
  looking_.expires_after(state.what.look_every);
  looking_.async_wait([this, &state](const error_code& cancelled) {
    if (cancelled || state.phases.at() != phase::serving) return;
    state.what.look();
    await_look(state);
  });
}

void process_life::act_on(run_state& state, int signal) {
  if (signal == SIGHUP) {
    const bool taken = reload(state);
    if (channel_.is_open()) say(channel_.native_handle(), taken ? worker_news::reloaded : worker_news::reload_refused);
    return;
  }
  const auto before = state.phases.at();
  if (before == phase::serving) state.phases = shutdown_phases(state.what.terms());
  auto meant = signal == SIGINT ? shutdown_phases::signal::interrupt : shutdown_phases::signal::terminate;
  if (state.what.succeeded()) meant = shutdown_phases::signal::succeeded;
  const auto now = state.phases.signalled(meant, steady_clock::now(), state.what.requests());
  spdlog::info("signal {}: {}", signal, what_now[static_cast<std::size_t>(now)]);
  perform(state, before, now);
}

void process_life::await_time(run_state& state) {
  const auto wake = state.phases.wake_at();
  timer_.cancel();
  if (!wake) return;
  timer_.expires_at(*wake);
  timer_.async_wait([this, &state](const error_code& cancelled) {
    if (cancelled) return;
    const auto before = state.phases.at();
    const auto now = state.phases.passed(steady_clock::now(), state.what.requests());
    if (now != before) spdlog::info("{}", what_now[static_cast<std::size_t>(now)]);
    perform(state, before, now);
  });
}

void process_life::perform(run_state& state, phase before, phase now) {
  const auto done = [this] { boost::asio::post(context_, [this] { context_.stop(); }); };
  const auto enters = [&](phase entered) { return before < entered && now >= entered; };
  if (before == phase::serving) state.what.unready();
  if (enters(phase::draining)) state.what.drain(state.phases.grace_left(steady_clock::now()), done);
  if (enters(phase::closing)) state.what.drain(duration{}, done);
  if (enters(phase::ended)) context_.stop();
  await_time(state);
}

}  // namespace sidecache::app
