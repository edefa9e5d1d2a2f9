#include "resilience/gradient_limit.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>

namespace sidecache::resilience {
namespace {

using namespace std::chrono_literals;

constexpr double tolerance = 1.5;
constexpr double approach = 0.2;
constexpr double back_off = 0.9;
constexpr double noise_ns = 10e6;
constexpr double fall = 0.2;         // of the usual latency towards a lower one, a window
constexpr double rise = 1.0 / 1000;  // towards a higher one: over minutes, since a window is a tenth of a second
constexpr duration shortest_window = 100ms;
constexpr std::int64_t least_samples = 8;

}  // namespace

gradient_limit::gradient_limit(std::size_t least, std::size_t most)
    : least_(static_cast<double>(std::min(least, most))), most_(static_cast<double>(most)), limit_(most_) {}

void gradient_limit::answered(mono_time now, duration took, std::size_t in_flight) {
  note(now, in_flight);
  current_.sum += took;
  ++current_.samples;
  if (current_.samples >= least_samples && now - current_.begun >= shortest_window) close_window();
}

void gradient_limit::timed_out(mono_time now, std::size_t in_flight) {
  note(now, in_flight);
  current_.timeouts = true;
  if (now - current_.begun >= shortest_window) close_window();
}

void gradient_limit::note(mono_time now, std::size_t in_flight) {
  if (current_.samples == 0 && !current_.timeouts && current_.busiest == 0) current_.begun = now;
  current_.busiest = std::max(current_.busiest, in_flight);
}

void gradient_limit::close_window() {
  const window seen = current_;
  current_ = {};
  if (seen.timeouts) {
    limit_ = std::max(least_, limit_ * back_off);
    return;
  }
  const double mean = static_cast<double>(seen.sum.count()) / static_cast<double>(seen.samples);
  const double now = std::max(noise_ns, mean);
  usual_ = usual_ == 0 ? now : usual_ + (now - usual_) * (now < usual_ ? fall : rise);
  const double gradient = std::clamp(tolerance * usual_ / now, 0.5, 1.0);
  const double goal = limit_ * gradient + std::sqrt(limit_);
  const bool in_use = static_cast<double>(seen.busiest) * 2 >= limit_;
  if (goal > limit_ && !in_use) return;
  limit_ = std::clamp(limit_ + (goal - limit_) * approach, least_, most_);
}

}  // namespace sidecache::resilience
