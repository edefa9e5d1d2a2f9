#include "app/supervision.hpp"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <utility>

#include "app/exit_code.hpp"

namespace sidecache::app {
namespace {

std::string how_it_ended(int status) {
  if (WIFSIGNALED(status)) return fmt::format("was killed by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

/// Of a worker that was told to end. One that was still starting may have had no handler for the signal yet.
int exit_code_of(int status) {
  if (WIFEXITED(status)) return WEXITSTATUS(status);
  return WTERMSIG(status) == SIGTERM || WTERMSIG(status) == SIGINT ? exit_ok : exit_software;
}

/// A worker says by these that another try would end the same way.
bool is_hopeless(int status) {
  if (!WIFEXITED(status)) return false;
  const int code = WEXITSTATUS(status);
  return code == exit_usage || code == exit_unavailable || code == exit_cannot_bind;
}

}  // namespace

supervision::orders supervision::begin(mono_time now) {
  orders out;
  start(0, now, out);
  return out;
}

void supervision::start(seat on, mono_time now, orders& out) {
  workers_[on] = {.role = role::starting, .started = now};
  restart_at_.reset();
  out.push_back({.what = deed::start, .on = on});
}

bool supervision::anybody() const {
  return std::ranges::any_of(workers_, [](const worker& each) { return each.role != role::none; });
}

supervision::orders supervision::ready(seat who) {
  orders out;
  if (!is(who, role::starting)) return out;
  workers_[who].role = role::serving;
  if (!std::exchange(announced_, true)) out.push_back({.what = deed::announce});
  const seat other = 1 - who;
  if (is(other, role::none) || is(other, role::draining)) return out;
  workers_[other].role = role::draining;
  out.push_back({.what = deed::say, .text = "a new worker serves; the one before it ends"});
  if (!terminating_) out.push_back({.what = deed::signal, .on = other, .number = SIGTERM});
  return out;
}

supervision::orders supervision::ended(seat who, int status, mono_time now) {
  orders out;
  const worker was = std::exchange(workers_[who], {});
  const seat other = 1 - who;
  if (was.reloads > 0) end_reload(out);  // who comes after it reads them at its start
  if (terminating_) {
    exit_code_ = std::max(exit_code_, exit_code_of(status));
    if (!anybody()) out.push_back({.what = deed::end, .number = exit_code_});
    return out;
  }
  if (was.role == role::draining) {
    out.push_back({.what = deed::say, .text = "the worker that was replaced " + how_it_ended(status)});
    if (std::exchange(replace_later_, false)) start_replacement(now, out);
    return out;
  }
  if (was.role == role::starting && !announced_ && is_hopeless(status)) {
    out.push_back({.what = deed::end, .number = exit_code_of(status)});
    return out;
  }
  if (was.role == role::starting && is(other, role::serving)) {
    out.push_back({.what = deed::give_back, .on = other});
    out.push_back({.what = deed::say_trouble,
                   .text = fmt::format("the new worker {}{}; the one before it goes on",
                                       was.given_up ? "was not ready in time and " : "", how_it_ended(status))});
    return out;
  }
  out.push_back({.what = deed::say_trouble, .text = "the worker " + how_it_ended(status)});
  if (is(other, role::starting)) return out;  // it takes its place
  restart(now - was.started >= terms_.healthy_after, now, out);
  return out;
}

void supervision::restart(bool lived_well, mono_time now, orders& out) {
  short_lives_ = lived_well ? 0 : short_lives_ + 1;
  if (short_lives_ < 2) {
    start(is(0, role::none) ? 0 : 1, now, out);
    return;
  }
  const int doublings = std::min(short_lives_ - 2, 16);
  const duration pause = std::min<duration>(terms_.first_pause * (1 << doublings), terms_.longest_pause);
  restart_at_ = now + pause;
  out.push_back({.what = deed::say_trouble,
                 .text = fmt::format("workers keep ending as soon as they start: the next one in {} ms",
                                     std::chrono::duration_cast<std::chrono::milliseconds>(pause).count())});
}

supervision::orders supervision::replace(mono_time now) {
  orders out;
  if (!terminating_) start_replacement(now, out);
  return out;
}

void supervision::start_replacement(mono_time now, orders& out) {
  if (std::ranges::any_of(workers_, [](const worker& each) { return each.role == role::starting; })) {
    out.push_back({.what = deed::say, .text = "a new worker is starting already"});
    return;
  }
  const seat free = is(0, role::none) ? 0 : 1;
  if (is(free, role::none)) {
    start(free, now, out);
    return;
  }
  replace_later_ = true;
  out.push_back({.what = deed::say, .text = "the worker is replaced once the one before it has ended"});
}

supervision::orders supervision::reload() {
  orders out;
  for (seat who = 0; who < workers_.size() && !terminating_; ++who) {
    if (!is(who, role::starting) && !is(who, role::serving)) continue;
    if (out.empty()) out.push_back({.what = deed::reloading});
    ++workers_[who].reloads;
    out.push_back({.what = deed::signal, .on = who, .number = SIGHUP});
  }
  return out;
}

supervision::orders supervision::reloaded(seat who, bool taken) {
  orders out;
  worker& which = workers_[who];
  if (which.reloads == 0) return out;
  --which.reloads;
  if (!taken && which.role != role::draining) reload_refused_ = true;
  end_reload(out);
  return out;
}

void supervision::end_reload(orders& out) {
  if (std::ranges::any_of(workers_, [](const worker& each) { return each.reloads > 0; })) return;
  const bool taken = !std::exchange(reload_refused_, false);
  if (!terminating_) out.push_back({.what = deed::reloaded, .number = taken ? 1 : 0});
}

supervision::orders supervision::terminate(int signal) {
  orders out;
  terminating_ = true;
  restart_at_.reset();
  for (seat who = 0; who < workers_.size(); ++who)
    if (!is(who, role::none)) out.push_back({.what = deed::signal, .on = who, .number = signal});
  if (!anybody()) out.push_back({.what = deed::end, .number = exit_ok});
  return out;
}

supervision::orders supervision::passed(mono_time now) {
  orders out;
  if (restart_at_ && now >= *restart_at_) start(is(0, role::none) ? 0 : 1, now, out);
  for (seat who = 0; who < workers_.size(); ++who) {
    worker& each = workers_[who];
    if (each.role != role::starting || each.given_up || terminating_ || now < each.started + terms_.ready_within)
      continue;
    each.given_up = true;
    out.push_back({.what = deed::signal, .on = who, .number = SIGKILL});
  }
  return out;
}

std::optional<mono_time> supervision::wake_at() const {
  std::optional<mono_time> first = restart_at_;
  if (terminating_) return first;
  for (const worker& each : workers_) {
    if (each.role != role::starting || each.given_up) continue;
    const mono_time late = each.started + terms_.ready_within;
    first = first ? std::min(*first, late) : late;
  }
  return first;
}

}  // namespace sidecache::app
