// A drill: for a while lookups behave as if the control plane were gone. It is not asked for records, so what would
// stand in stands in, and what would fail fails and is remembered; everything else passes as ever.
//
// A drill ends by itself. Its report stays until the next one begins. Threads: all functions from any thread; on() is
// an atomic load, the rest takes a lock and is off the way of hits.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "base/clock.hpp"
#include "http/route.hpp"

namespace sidecache::proxy {

/// What a drill has shown so far.
struct drill_report {
  bool ever = false;           ///< false: there was none since the start
  duration left{};             ///< 0: it is over
  duration length{};           ///< as it was ordered; shorter if it was ended
  std::uint64_t stood_in = 0;  ///< lookups that got a stale record instead
  std::uint64_t failed = 0;    ///< lookups that got an error instead
  /// Of these, which: how often each failed. A bounded number of keys.
  std::map<std::pair<http::route, std::string>, std::uint64_t> failed_records;
  std::uint64_t failed_elsewhere = 0;  ///< failures of records beyond that number
};

class drill {
 public:
  static constexpr duration longest = std::chrono::hours(1);
  static constexpr std::size_t most_records = 1000;

  /// From now on, in place of one that goes on; 0 ends it. At most `longest`.
  void begin(mono_time now, duration how_long);
  [[nodiscard]] bool on(mono_time now) const { return now < ends_at(); }
  /// When it is over.
  [[nodiscard]] mono_time ends_at() const {
    return mono_time{mono_time::duration{ends_.load(std::memory_order_relaxed)}};
  }

  void stood_in();
  void failed(http::route route, const std::string& ident);
  [[nodiscard]] drill_report report(mono_time now) const;

 private:
  std::atomic<mono_time::rep> ends_{mono_time::min().time_since_epoch().count()};
  mutable std::mutex mutex_;
  mono_time began_;
  drill_report so_far_;
};

}  // namespace sidecache::proxy
