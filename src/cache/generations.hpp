// Which reads a write has overtaken.
//
// A read notes the sequence number at its start; every write through the proxy, sync or purge takes a new number for
// the tags that it touches, once when it starts and once when it is over. A read is intact if no tag that it depends on
// has a higher number than its own: only then may it be joined or stored. This alone makes promise 2 hold for reads
// under way; what is in the store already is dropped by tag.
//
//     read:    begin_read()=7 ........................ answer: intact? no (9 > 7): handed to its waiters, not stored
//     write:            begin_write()=8 ... 2xx: end_write()=9, store dropped by tag, answer handed on
//     lookup:                                                         begin_read()=9: a flight of its own
//
// The number is taken before the tags are written, so a read that sees the number of a write's end began after that
// write's answer had arrived.
//
// Bounded: a tag's number is forgotten once it is older than `remember`, or when there are too many, and from then on
// every read older than it counts as overtaken, whatever it depends on.
//
// Thread-safe; one mutex, taken by reads that go upstream and by writes, never by hits.
#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <span>
#include <unordered_map>

#include "base/clock.hpp"
#include "sidecache/ttl_lru_cache.hpp"

namespace sidecache::cache {

class generations {
 public:
  struct limits {
    duration cool_down = std::chrono::seconds{10};
    duration remember = std::chrono::minutes{2};
    std::size_t max_tags = 65'536;
  };
  explicit generations(limits bounds) : limits_(bounds) {}

  /// Of writes that end from now on; what is cooling already goes on as it began.
  void set_cool_down(duration to);

  /// The number that a read which starts now carries.
  [[nodiscard]] std::uint64_t begin_read() const;

  /// From now on no read under way that depends on one of these is intact.
  void begin_write(std::span<const cache_tag> touched, mono_time now);
  /// What they read may be out of date, for another reason than a write: a purge. No cool-down.
  void overtake(std::span<const cache_tag> touched, mono_time now) { begin_write(touched, now); }
  /// The write was (or may have been) applied: as begin_write(), and the cool-down begins.
  void end_write(std::span<const cache_tag> touched, mono_time now);

  [[nodiscard]] bool intact(std::span<const cache_tag> depends_on, std::uint64_t asked) const;
  /// True if a write of one of these ended less than the cool-down ago: the control plane is eventually consistent.
  [[nodiscard]] bool cooling(std::span<const cache_tag> depends_on, mono_time now) const;

 private:
  struct last_write {
    std::uint64_t number = 0;
    mono_time cool_until = mono_time::min();
  };
  struct noted {
    cache_tag tag;
    std::uint64_t number;
    mono_time at;
  };
  void note(std::span<const cache_tag> touched, mono_time now, bool ended);
  void forget_old(mono_time now);

  limits limits_;
  mutable std::mutex mutex_;
  std::uint64_t number_ = 0;
  std::uint64_t forgotten_ = 0;  // reads below this are overtaken
  mono_time all_cool_until_ = mono_time::min();
  std::unordered_map<cache_tag, last_write> writes_;
  std::deque<noted> in_order_;  // oldest first; a tag's newest note decides
};

}  // namespace sidecache::cache
