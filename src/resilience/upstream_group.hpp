// The upstreams of one plane, as all workers know them: a breaker each, and together a budget of retries and what the
// last fetches took.
//
// Theory of operation: an attempt takes a permit, which says which upstream to ask, and settles it with what came of
// it. A permit that is destroyed unsettled (its coroutine was) gives a probe's place back: forgetting is impossible.
// Changes of a breaker are counted, and logged where they matter: that it opened, and that it closed again.
// A fetch that is under way for longer than what counts as slow is counted when the next one asks for a permit, not
// when it ends: of a control plane that takes requests and answers none, one would otherwise hear at their deadline.
//
// Threads: any; one mutex, taken a few times an attempt upstream and never for a hit. It outlives the permits.
#pragma once

#include <array>
#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "proxy/origin.hpp"
#include "resilience/circuit_breaker.hpp"
#include "resilience/recent_latencies.hpp"
#include "resilience/retry_budget.hpp"
#include "resilience/upstream_choice.hpp"

namespace sidecache::resilience {

struct upstream_name {
  std::string name;          ///< host:port, for the log and metrics
  std::uint32_t weight = 0;  ///< 0: none has one, their order counts
};

/// What became of asking again. The names are the `result` label of sidecache_upstream_retries_total.
enum class repetition : std::uint8_t {
  retried,      ///< sent again after a pause
  failed_over,  ///< sent again to another upstream at once
  budget_spent,
  no_time,    ///< it could not have ended before the deadline
  hedged,     ///< sent a second time while the first was late
  hedge_won,  ///< and the second was the answer
};
constexpr std::array<std::string_view, 6> repetition_names{"retried", "failed_over", "budget_spent",
                                                           "no_time", "hedged",      "hedge_won"};

class upstream_group {
  /// A fetch under way.
  struct flight {
    std::size_t upstream = 0;
    circuit_breaker::ticket ticket;
    mono_time begun;
    bool counted = false;  ///< as slow, already
  };
  using flight_list = std::list<flight>;

 public:
  class permit {
   public:
    permit(upstream_group& group, std::size_t index, circuit_breaker::ticket ticket)
        : group_(&group), index_(index), ticket_(ticket) {}
    permit(permit&& other) noexcept
        : group_(std::exchange(other.group_, nullptr)),
          index_(other.index_),
          ticket_(other.ticket_),
          flight_(other.flight_) {}
    permit& operator=(permit&&) = delete;
    permit(const permit&) = delete;
    permit& operator=(const permit&) = delete;
    ~permit() {
      if (group_ != nullptr) group_->give_back(*this);
    }

    [[nodiscard]] std::size_t upstream() const { return index_; }
    [[nodiscard]] bool is_probe() const { return ticket_.probe; }
    /// It is a fetch that begins now: it should not take longer than what counts as slow.
    void begin_fetch(mono_time now) { group_->begin_fetch(*this, now); }
    /// `said`: for the log, of a failure. Once.
    void settle(finding what, duration took, std::string_view said, mono_time now) {
      std::exchange(group_, nullptr)->settle(*this, what, took, said, now);
    }

   private:
    friend class upstream_group;
    upstream_group* group_;  // null once settled or moved from
    std::size_t index_;
    circuit_breaker::ticket ticket_;
    std::optional<flight_list::iterator> flight_;
  };

  /// What the request's earlier attempts allow.
  struct wish {
    std::uint32_t left_out = 0;  ///< a bit an upstream
    probing may = probing::preferred;
    double random = 0;         ///< in [0, 1)
    bool closed_only = false;  ///< nobody, where it would be a probe: that is left to be chosen by another
  };
  static constexpr std::size_t most_upstreams = 16;

  upstream_group(const std::vector<upstream_name>& names, const breaker_settings& breaker,
                 std::uint64_t retry_budget_percent);
  upstream_group(const upstream_group&) = delete;
  upstream_group& operator=(const upstream_group&) = delete;

  /// A request that may be retried begins.
  void request_begins(mono_time now);
  /// Nothing: none may be asked.
  [[nodiscard]] std::optional<permit> choose(const wish& of, mono_time now);
  /// The first healthy one, else the first: what is asked for in any state.
  [[nodiscard]] permit choose_anyway(std::uint32_t left_out);
  /// For an active check of that one.
  [[nodiscard]] std::optional<permit> admit(std::size_t upstream, mono_time now);
  /// Another one would do.
  [[nodiscard]] bool has_healthy(std::uint32_t left_out) const;
  /// None may be asked: until when, and why.
  [[nodiscard]] proxy::failure refusal(mono_time now) const;

  [[nodiscard]] bool take_from_budget(mono_time now);
  void fetch_took(duration time);
  [[nodiscard]] std::optional<duration> median_fetch() const;
  [[nodiscard]] std::optional<duration> late_fetch() const;

  void count(repetition what) { repetitions_[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t counted(repetition what) const {
    return repetitions_[static_cast<std::size_t>(what)].load(std::memory_order_relaxed);
  }

  struct figures {
    std::string name;
    breaker_state state = breaker_state::closed;
    std::array<std::uint64_t, breaker_state_count> changes{};  ///< to each state
  };
  [[nodiscard]] std::vector<figures> look() const;
  [[nodiscard]] std::size_t size() const { return members_.size(); }

 private:
  struct member {
    std::string name;
    std::uint32_t weight;
    circuit_breaker breaker;
    std::array<std::uint64_t, breaker_state_count> changes{};
    mono_time opened{};  // when it stopped being closed
  };

  /// What a breaker's change was, for the log, which is written without the lock.
  struct change {
    std::size_t upstream = 0;
    breaker_state before{};
    breaker_state after{};
    circuit_breaker::counts counts;
    mono_time opened;
  };

  void begin_fetch(permit& of, mono_time now);
  void settle(const permit& of, finding what, duration took, std::string_view said, mono_time now);
  void give_back(const permit& of);
  void tell(const change& of, std::string_view said, mono_time now) const;
  // The rest is called with the lock.
  std::optional<change> apply(std::size_t upstream, circuit_breaker::ticket ticket, finding what, duration took,
                              mono_time now);
  /// True if it was counted already.
  bool end_flight(const permit& of);
  std::optional<change> count_overdue(mono_time now);
  [[nodiscard]] std::optional<permit> choose_locked(const wish& of, mono_time now);
  permit admit_to(std::size_t index, circuit_breaker::ticket ticket, breaker_state before);

  breaker_settings settings_;
  mutable std::mutex mutex_;
  std::vector<member> members_;  // this and the next four: guarded by mutex_
  flight_list flights_;          // those that are not counted, the oldest first
  flight_list overdue_;
  retry_budget budget_;
  recent_latencies latencies_;
  bool weighted_;
  std::array<std::atomic<std::uint64_t>, repetition_names.size()> repetitions_{};
};

}  // namespace sidecache::resilience
