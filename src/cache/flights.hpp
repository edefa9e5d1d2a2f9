// One upstream fetch that many waiting lookups share.
//
// Theory of operation: board() gives every caller the flight of its key, and to exactly one of them, the first, a
// permit to fetch. A flight belongs to nobody: who waits may leave, and who fetches does so out of band of every
// client. A permit that is destroyed without land() ends its flight empty-handed, and each waiter starts over: one of
// them will get the next permit. Forgetting to answer is impossible.
//
// A flight is joined only while no write has overtaken its read (generations); after that the next caller gets a flight
// of its own, and the older one lands for those who had boarded before. It then must not be stored, whatever record it
// brought: the newer one may have been answered already, by a 404, say.
//
//   A: find: nothing        board: permit            fetch ...... store, land
//   B: find: nothing               board: joins A ............... answered by A
//   C: find: nothing ............................................ board: permit!  -> must find() again: it is stored
//
// Threads: all functions from any thread. Waiters are called on the thread that lands (or drops) the permit, with no
// lock held: a waiter hands over to its own thread. Mutexes: the table's, then a flight's; never the other way round.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/siphash.hpp"
#include "cache/generations.hpp"

namespace sidecache::cache {

/// `Result` is copied to every waiter: a shared pointer.
template <class Result>
class flights {
 public:
  /// nullopt: the flight ended without a result; look up and board again.
  using waiter = std::move_only_function<void(std::optional<Result>)>;

  class flight {
   public:
    flight(std::string key, std::vector<cache_tag> depends_on, std::uint64_t asked)
        : key_(std::move(key)), depends_on_(std::move(depends_on)), asked_(asked) {}

    [[nodiscard]] const std::string& key() const { return key_; }
    [[nodiscard]] std::span<const cache_tag> depends_on() const { return depends_on_; }
    /// generations::begin_read() when it began.
    [[nodiscard]] std::uint64_t asked() const { return asked_; }

    /// A newer flight of this key has begun: whatever comes of this one is the older word on it.
    [[nodiscard]] bool superseded() const { return superseded_.load(); }

    /// Called once, perhaps at once.
    void wait(waiter call) {
      {
        const std::lock_guard lock(mutex_);
        if (!over_) {
          waiters_.push_back(std::move(call));
          return;
        }
      }
      call(result_);
    }

   private:
    friend class flights;
    void end(std::optional<Result> result) {
      std::vector<waiter> waiters;
      {
        const std::lock_guard lock(mutex_);
        if (over_) return;
        over_ = true;
        result_ = std::move(result);
        waiters.swap(waiters_);
      }
      for (auto& call : waiters) call(result_);  // over_: result_ does not change any more
    }

    std::string key_;
    std::vector<cache_tag> depends_on_;
    std::uint64_t asked_;
    std::atomic<bool> superseded_{false};
    std::mutex mutex_;
    bool over_ = false;
    std::optional<Result> result_;
    std::vector<waiter> waiters_;
  };
  using flight_ptr = std::shared_ptr<flight>;

  /// The right, and the duty, to end a flight. Must not outlive the flights.
  class permit {
   public:
    permit(flights& table, flight_ptr of) : table_(&table), flight_(std::move(of)) {}
    permit(permit&& other) noexcept : table_(other.table_), flight_(std::exchange(other.flight_, nullptr)) {}
    permit& operator=(permit&&) = delete;
    ~permit() { end(std::nullopt); }

    [[nodiscard]] flight& of() const { return *flight_; }
    /// What came is in the store by now, if it is to be stored.
    void land(Result result) { end(std::move(result)); }

   private:
    void end(std::optional<Result> result) {
      if (flight_ == nullptr) return;
      const flight_ptr ended = std::exchange(flight_, nullptr);
      table_->remove(ended);
      ended->end(std::move(result));
    }
    flights* table_;
    flight_ptr flight_;
  };

  struct boarded {
    flight_ptr flight;
    std::optional<flights::permit> permit;  ///< with the one who fetches
  };

  flights(const generations& writes, siphash_key key) : writes_(writes), table_(16, hash{key}) {}

  /// `depends_on`: the tags of a read of this key (dependencies::of_read).
  [[nodiscard]] boarded board(std::string_view key, std::vector<cache_tag> depends_on) {
    const std::lock_guard lock(mutex_);
    if (const auto at = table_.find(key); at != table_.end()) {
      if (writes_.intact(at->second->depends_on(), at->second->asked())) return {at->second, std::nullopt};
      at->second->superseded_ = true;
      overtaken_.push_back(at->second);
      table_.erase(at);
    }
    auto made = std::make_shared<flight>(std::string(key), std::move(depends_on), writes_.begin_read());
    table_.emplace(made->key(), made);
    return {made, permit(*this, made)};
  }

  /// Ends every flight without a result. For the end of the process, when nothing runs any more but everything that
  /// waiters hand over to is still there: a permit that is destroyed after this finds nobody waiting.
  void close() {
    std::vector<flight_ptr> all;
    {
      const std::lock_guard lock(mutex_);
      all.swap(overtaken_);
      for (const auto& [key, open] : table_) all.push_back(open);
      table_.clear();
    }
    for (const auto& open : all) open->end(std::nullopt);
  }

  /// How many keys are being fetched.
  [[nodiscard]] std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return table_.size();
  }

 private:
  struct hash {
    siphash_key key;
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return siphash(key, text); }
  };

  void remove(const flight_ptr& ended) {
    const std::lock_guard lock(mutex_);
    const auto at = table_.find(std::string_view(ended->key()));
    if (at != table_.end() && at->second == ended) {
      table_.erase(at);
    } else {
      std::erase(overtaken_, ended);
    }
  }

  const generations& writes_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, flight_ptr, hash, std::equal_to<>> table_;  // the one to join, by key
  std::vector<flight_ptr> overtaken_;                                         // under way, but not to be joined
};

}  // namespace sidecache::cache
