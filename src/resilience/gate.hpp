// Who may ask the control plane now, who waits, and who is refused. No I/O, no clock.
//
// There are `limit` places; whoever asks holds one until it has its answer. With none free:
//   miss        waits in line, unless by the recent service time its turn would come after its deadline: then it is
//               refused at once rather than late
//   stale_held  the same, but only into the front half of the line: its client can be given what is there already, so
//               the back half is for those who have nothing
//   refresh     is refused: nobody waits for it, and the next request for that record is another occasion
//   prefetch    is refused already when half of the places are taken
// Who leaves makes room for the next in line, never for a newcomer past it. One thread's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/clock.hpp"
#include "resilience/fair_queue.hpp"

namespace sidecache::resilience {

enum class entrance : std::uint8_t { enters, waits, refused };

class gate {
 public:
  /// `limit`: at least 1.
  gate(std::size_t limit, std::size_t max_pending) : limit_(limit), line_(max_pending) {}

  struct arrival {
    entrance what = entrance::refused;
    fair_queue::waiter* pushed_out = nullptr;  ///< another, who waited, and is refused for this one
  };
  /// Who enters holds a place, to be given back by leave().
  [[nodiscard]] arrival arrive(fair_queue::waiter& who, mono_time now);
  /// arrive() of a miss that enters; false: it would not.
  [[nodiscard]] bool enter_at_once();
  void leave() { --taken_; }
  /// The next in line, who now holds a place; null if nobody waits or no place is free. Ask until null after anything
  /// that may have made room.
  [[nodiscard]] fair_queue::waiter* next();
  /// One whose deadline passed in line; null if there is none.
  [[nodiscard]] fair_queue::waiter* pop_expired(mono_time now) { return line_.pop_expired(now); }
  [[nodiscard]] mono_time next_deadline() const { return line_.next_deadline(); }

  /// How long somebody held a place who was served.
  void served(duration took);
  void limit(std::size_t places) { limit_ = places; }
  /// When somebody who is refused now might find a place: when the line that is there has had its turns.
  [[nodiscard]] duration come_again_in() const { return time_for(line_.waiting()); }

  [[nodiscard]] std::size_t limit() const { return limit_; }
  [[nodiscard]] std::size_t taken() const { return taken_; }
  [[nodiscard]] std::size_t waiting() const { return line_.waiting(); }

 private:
  [[nodiscard]] bool has_place() const { return taken_ < limit_ && line_.waiting() == 0; }
  [[nodiscard]] bool may_wait(const fair_queue::waiter& who, mono_time now) const;
  /// Until so many others, and those who hold a place over the limit, have been let in.
  [[nodiscard]] duration time_for(std::size_t others) const;

  std::size_t limit_;
  std::size_t taken_ = 0;
  duration service_time_{};  // smoothed; 0: not known yet
  fair_queue line_;
};

}  // namespace sidecache::resilience
