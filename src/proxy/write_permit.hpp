// What becomes of the cache by a write: from its start on, reads under way are neither joined nor stored, and its
// answer decides what is dropped. Forgetting to settle it is impossible.
#pragma once

#include "cache/dependencies.hpp"

namespace sidecache::proxy {

class core;

/// From the start of a write to its answer. Dropped unsettled, the write counts as sent and not answered.
class write_permit {
 public:
  write_permit(core& owner, cache::dependencies::tags touched);
  write_permit(write_permit&& other) noexcept;
  write_permit& operator=(write_permit&&) = delete;
  ~write_permit();

  /// By the answer: 2xx and 3xx drop, 4xx leaves all as it was, 5xx makes what it touches to be revalidated.
  void answered(unsigned status);
  /// It never reached the control plane.
  void not_sent();
  /// It may have: as if answered by a 5xx.
  void unanswered();

  /// What it touches is known better by now than when it began: what follows from its answer is for these alone.
  void touches_only(cache::dependencies::tags those);

  [[nodiscard]] bool touches_anything() const { return !touched_.empty(); }

 private:
  enum class effect : std::uint8_t { none, drop, suspect };
  void settle(effect what);
  core* owner_;
  cache::dependencies::tags touched_;
};

}  // namespace sidecache::proxy
