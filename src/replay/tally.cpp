#include "replay/tally.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

namespace sidecache::replay {

void tally::add_answer(const moments& when, unsigned status, cache_outcome outcome) {
  ++answered;
  ++statuses[status];
  ++outcomes.at(static_cast<std::size_t>(outcome));
  corrected.record(when.done - when.intended);
  uncorrected.record(when.done - when.taken);
  first_done = std::min(first_done, when.done);
  last_done = std::max(last_done, when.done);
}

void tally::add_failure(failure why, const moments& when) {
  ++failures.at(static_cast<std::size_t>(why));
  if (why == failure::timeout) uncorrected.record(when.done - when.taken);
  if (why == failure::timeout || why == failure::unsent) corrected.record(when.done - when.intended);
}

void tally::add(const tally& other) {
  corrected.add(other.corrected);
  uncorrected.add(other.uncorrected);
  lag.add(other.lag);
  sent += other.sent;
  answered += other.answered;
  waited += other.waited;
  longest_wait = std::max(longest_wait, other.longest_wait);
  body_bytes += other.body_bytes;
  std::ranges::transform(failures, other.failures, failures.begin(), std::plus{});
  for (const auto& [status, times] : other.statuses) statuses[status] += times;
  std::ranges::transform(outcomes, other.outcomes, outcomes.begin(), std::plus{});
  first_done = std::min(first_done, other.first_done);
  last_done = std::max(last_done, other.last_done);
}

std::uint64_t tally::of_class(unsigned first) const {
  std::uint64_t sum = 0;
  for (auto at = statuses.lower_bound(first); at != statuses.end() && at->first < first + 100; ++at) sum += at->second;
  return sum;
}

std::uint64_t tally::errors() const {
  return std::accumulate(failures.begin(), failures.end(), std::uint64_t{0}) + of_class(400) + of_class(500);
}

}  // namespace sidecache::replay
