// The line in front of the control plane: who is next, and who loses when it is full. No I/O, no clock.
//
// Order: the most urgent class first. Within a class the credentials take turns, and within a credential first come is
// first served. So one that floods gets one of n turns where n credentials wait, however many it has in line.
// Full: the least urgent class that is there, the newcomer's included, loses one; within it the credential with the
// most in line, the newcomer counted; of that one the newest. Where the newcomer would be as badly off as another, it
// is the newcomer, so that nobody is pushed out for his equal.
//
// Joining, leaving and being next cost a look-up among the credentials in line; finding out the one with the most, when
// the line is full, and how many are ahead, a look at each of them.
//
// A waiter belongs to whoever waits and leaves the line by itself when it is destroyed; the queue may be destroyed
// before its waiters. One thread's.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>
#include <cstddef>
#include <map>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "proxy/origin.hpp"

namespace sidecache::resilience {

class fair_queue {
  struct lane;
  using line_hook = boost::intrusive::list_base_hook<>;
  using deadline_hook = boost::intrusive::set_base_hook<>;

 public:
  class waiter : public line_hook, public deadline_hook {
   public:
    waiter(proxy::urgency how, const digest128& whose, mono_time until)
        : urgency(how), credential(whose), deadline(until) {}
    waiter(const waiter&) = delete;
    waiter& operator=(const waiter&) = delete;
    ~waiter() {
      if (queue_ != nullptr) queue_->remove(*this);
    }

    const proxy::urgency urgency;
    const digest128 credential;
    const mono_time deadline;
    [[nodiscard]] bool in_line() const { return queue_ != nullptr; }

   private:
    friend class fair_queue;
    fair_queue* queue_ = nullptr;
    lane* lane_ = nullptr;
  };

  explicit fair_queue(std::size_t capacity) : capacity_(capacity) {}
  fair_queue(const fair_queue&) = delete;
  fair_queue& operator=(const fair_queue&) = delete;
  ~fair_queue();

  /// Puts the newcomer in line. Returns who is out of it for that: nobody (null), another, or the newcomer itself.
  [[nodiscard]] waiter* push(waiter& newcomer);
  /// Takes the next out of the line; null if nobody waits.
  [[nodiscard]] waiter* pop();
  void remove(waiter& who);

  /// Takes one out whose deadline has passed; null if there is none.
  [[nodiscard]] waiter* pop_expired(mono_time now);
  /// The first deadline of those in line; mono_time::max() if nobody waits.
  [[nodiscard]] mono_time next_deadline() const;

  /// How many would have their turn before such a newcomer, if nobody else came.
  [[nodiscard]] std::size_t ahead_of(proxy::urgency how, const digest128& whose) const;
  [[nodiscard]] std::size_t waiting() const { return by_deadline_.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  /// Those of one credential and class, the longest waiting in front.
  struct lane : boost::intrusive::list_base_hook<> {
    boost::intrusive::list<waiter> line;
  };
  struct sooner {
    bool operator()(const waiter& a, const waiter& b) const { return a.deadline < b.deadline; }
  };
  struct urgency_class {
    std::map<digest128, lane> lanes;       // none of them is empty
    boost::intrusive::list<lane> in_turn;  // all of them; whose turn it is in front
    std::size_t waiting = 0;
  };

  [[nodiscard]] urgency_class& class_of(proxy::urgency how) { return classes_[static_cast<std::size_t>(how)]; }
  [[nodiscard]] waiter* loser_against(waiter& newcomer);

  std::size_t capacity_;
  std::array<urgency_class, proxy::urgency_count> classes_;  // ascending
  boost::intrusive::multiset<waiter, boost::intrusive::compare<sooner>> by_deadline_;
};

}  // namespace sidecache::resilience
