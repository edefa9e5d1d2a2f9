#include "resilience/attempt_course.hpp"

namespace sidecache::resilience {

next_step attempt_course::after(const attempt_end& end, bool other_healthy, duration typical, double random,
                                mono_time now) {
  using enum next_step::what;
  asked_ |= 1U << end.upstream;
  if (end.good || now >= deadline_) return {};
  if (end.free_elsewhere && other_healthy) return {elsewhere, {}};
  if (!end.worth_repeating || retries_left_ == 0) return {};
  const duration wait = backoff_before(pauses_, settings_, random);
  if (deadline_ - now <= wait + typical) return {no_time, {}};
  --retries_left_;
  ++pauses_;
  return {pause, wait};
}

}  // namespace sidecache::resilience
