// How many bytes are held for messages under way, on all workers of a pool, and how many may be.
//
// What is counted: what a client's read buffer grew beyond its first size (that one comes with the connection, of which
// there is a limit), bodies being collected from the control plane, and what of a complete answer waits for a client to
// take it (its entry may have left the cache meanwhile). Streams hold next to nothing: a piece is read after the one
// before it was taken.
//
// Theory of operation: each worker counts alone, in its own cache line; who wants the sum adds the workers' numbers up.
// That is done where something is about to be held, never on the way of a hit. So the limit is exceeded by as much as
// is claimed between two looks, one piece a message at most.
//
// Threads: a share belongs to its worker's thread, the sum may be asked from any. The budget outlives shares and
// claims.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <utility>

namespace sidecache::net {

class buffer_budget {
 public:
  /// One worker's count.
  class alignas(64) share {
   public:
    explicit share(const buffer_budget& all) : all_(all) {}
    share(const share&) = delete;
    share& operator=(const share&) = delete;

    void add(std::int64_t bytes) {
      held_.store(held_.load(std::memory_order_relaxed) + bytes, std::memory_order_relaxed);
    }
    /// A connection's buffer became full: its client is not read from until some of it was taken.
    void count_full() { full_.store(full_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed); }
    /// Of all workers together.
    [[nodiscard]] bool all_spent() const { return all_.spent(); }
    [[nodiscard]] std::int64_t held() const { return held_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::uint64_t times_full() const { return full_.load(std::memory_order_relaxed); }

   private:
    const buffer_budget& all_;
    std::atomic<std::int64_t> held_ = 0;
    std::atomic<std::uint64_t> full_ = 0;
  };

  /// So many bytes, given back when it ends. Without a share it counts nothing.
  class claim {
   public:
    explicit claim(share* of, std::size_t bytes = 0) : of_(of) { resize(bytes); }
    claim(claim&& other) noexcept : of_(std::exchange(other.of_, nullptr)), bytes_(other.bytes_) {}
    claim& operator=(claim&&) = delete;
    claim(const claim&) = delete;
    claim& operator=(const claim&) = delete;
    ~claim() { resize(0); }

    void resize(std::size_t bytes) {
      if (of_ == nullptr || bytes == bytes_) return;
      of_->add(static_cast<std::int64_t>(bytes) - static_cast<std::int64_t>(bytes_));
      bytes_ = bytes;
    }
    void count_full() {
      if (of_ != nullptr) of_->count_full();
    }
    [[nodiscard]] bool all_spent() const { return of_ != nullptr && of_->all_spent(); }

   private:
    share* of_;
    std::size_t bytes_ = 0;
  };

  buffer_budget() = default;
  buffer_budget(const buffer_budget&) = delete;
  buffer_budget& operator=(const buffer_budget&) = delete;

  /// Before the workers start, both. 0: no limit, which is the default.
  void limit(std::uint64_t bytes) { limit_ = bytes; }
  [[nodiscard]] share& add_share() { return shares_.emplace_back(*this); }

  [[nodiscard]] std::uint64_t held() const {
    std::int64_t all = 0;
    for (const auto& each : shares_) all += each.held();
    return all < 0 ? 0 : static_cast<std::uint64_t>(all);  // workers go on counting while this adds up
  }
  /// How often a connection's buffer was full, of all workers.
  [[nodiscard]] std::uint64_t times_full() const {
    std::uint64_t all = 0;
    for (const auto& each : shares_) all += each.times_full();
    return all;
  }
  [[nodiscard]] bool spent() const { return limit_ != 0 && held() >= limit_; }

 private:
  std::uint64_t limit_ = 0;
  std::deque<share> shares_;
};

}  // namespace sidecache::net
