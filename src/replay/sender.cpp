#include "replay/sender.hpp"

#include <sys/resource.h>

#include <boost/asio/post.hpp>

namespace sidecache::replay {
namespace {

/// More at once would overflow a listener's queue, and a lost SYN costs a second.
constexpr std::size_t opened_at_once = 64;
constexpr duration after_stop = std::chrono::seconds(1);

mono_time now() { return std::chrono::steady_clock::now(); }

duration cpu_of_this_thread() {
  rusage used{};
  ::getrusage(RUSAGE_THREAD, &used);
  const auto time = [](const timeval& t) {
    return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
  };
  return time(used.ru_utime) + time(used.ru_stime);
}

/// A timeout is noticed a twentieth of it late at most, and at least 20 times a second so that rests are short.
duration tick_for(duration timeout) {
  return std::clamp<duration>(timeout / 20, std::chrono::milliseconds(1), std::chrono::milliseconds(50));
}

/// One thread writes, others look.
void increment(std::atomic<std::uint64_t>& count) {
  count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

}  // namespace

sender::sender(const workload& work, const target& to, const share& what, on_ready ready)
    : work_(work),
      share_(what),
      ready_(std::move(ready)),
      sweep_(context_, tick_for(what.timeout)),
      next_start_(context_),
      last_call_(context_),
      schedule_(work.begin()) {
  link::owner& listening = *this;
  for (std::size_t i = 0; i < what.connections; ++i)
    links_.push_back(std::make_unique<link>(context_, sweep_, to, listening, what.timeout));
}

void sender::run() {
  const auto until_stopped = asio::make_work_guard(context_);
  asio::post(context_, [this] {
    for (std::size_t i = 0; i < opened_at_once; ++i) open_next();
  });
  context_.run();
}

void sender::start(mono_time begin_at) {
  asio::post(context_, [this, begin_at] { begin(begin_at); });
}

void sender::stop() {
  asio::post(context_, [this] {
    cut_plan();
    last_call_.expires_after(after_stop);
    last_call_.async_wait([this](const boost::system::error_code& error) {
      if (!error) give_up();
    });
    end_if_done();
  });
}

progress_figures sender::progress() const {
  return {answers_so_far_.load(std::memory_order_relaxed), errors_so_far_.load(std::memory_order_relaxed),
          duration(behind_ns_.load(std::memory_order_relaxed))};
}

void sender::open_next() {
  if (opening_ < links_.size()) links_[opening_++]->open();
}

void sender::opened(link& which, const std::string& problem) {
  if (problem.empty()) {
    ++connected_;
  } else if (problem_.empty()) {
    problem_ = problem;
  }
  free_.push_back(&which);
  if (++settled_ == links_.size()) return ready_(connected_, problem_);
  open_next();
}

void sender::begin(mono_time at) {
  begin_ = free_since_ = at;
  cpu_before_ = cpu_of_this_thread();
  next_ = schedule_->next();
  for (unsigned others = 0; next_ && others < share_.thread; ++others) next_ = schedule_->next();
  last_call_.expires_at(begin_ + work_.length() + share_.timeout);
  last_call_.async_wait([this](const boost::system::error_code& error) {
    if (!error) give_up();
  });
  pump();
}

void sender::pump() {
  while (next_ && !free_.empty()) {
    const mono_time time = now();
    const mono_time intended = begin_ + next_->at;
    if (intended > time) return wait_until(intended);
    send(*next_, time);
    advance();
  }
  end_if_done();
}

void sender::send(const planned_request& what, mono_time time) {
  const mono_time intended = begin_ + what.at;
  link& by = *free_.front();  // the one that was free longest: all connections take part
  free_.pop_front();
  by.when = {.intended = intended, .taken = time, .done = {}};
  by.measured = what.at >= share_.warm_up;
  if (by.measured) {
    ++tally_.sent;
    tally_.lag.record(time - std::max(intended, free_since_));
    if (free_since_ > intended) {
      ++tally_.waited;
      tally_.longest_wait = std::max(tally_.longest_wait, free_since_ - intended);
    }
  }
  behind_ns_.store((time - intended).count(), std::memory_order_relaxed);
  ++busy_;
  const auto asked = work_.write(what, by.request());
  by.take(asked, time);
}

void sender::wait_until(mono_time intended) {
  if (waiting_) return;  // for this one, or for one before it
  waiting_ = true;
  next_start_.expires_at(intended);
  next_start_.async_wait([this](const boost::system::error_code& error) {
    waiting_ = false;
    if (!error) pump();
  });
}

void sender::advance() {
  for (unsigned i = 0; next_ && i < share_.threads; ++i) next_ = schedule_->next();
}

void sender::answered(link& which, const answer& what) {
  --busy_;
  increment(what.failed || what.status >= 400 ? errors_so_far_ : answers_so_far_);
  if (!which.measured) return;
  tally_.body_bytes += what.body_bytes;
  if (what.failed) {
    tally_.add_failure(*what.failed, which.when);
  } else {
    tally_.add_answer(which.when, what.status, what.outcome);
  }
}

void sender::free(link& which) {
  if (free_.empty()) free_since_ = now();
  free_.push_back(&which);
  pump();
}

void sender::cut_plan() {
  const mono_time time = now();
  for (; next_ && begin_ + next_->at <= time; advance())
    if (next_->at >= share_.warm_up)
      tally_.add_failure(failure::unsent, {.intended = begin_ + next_->at, .taken = time, .done = time});
  next_.reset();
}

void sender::give_up() {
  cut_plan();
  for (const auto& each : links_) {
    if (!each->busy() || !each->measured) continue;
    each->when.done = now();
    tally_.add_failure(failure::timeout, each->when);
  }
  end();
}

void sender::end_if_done() {
  if (!next_ && busy_ == 0) end();
}

void sender::end() {
  ended_ = now();
  cpu_ = cpu_of_this_thread() - cpu_before_;
  context_.stop();
}

}  // namespace sidecache::replay
