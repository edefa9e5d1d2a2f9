#include "cache/bodies.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include "sidecache/detail/growing_table.hpp"

namespace sidecache::cache {

class bodies::table {
 public:
  /// With one holder more.
  const copy* find(std::string_view bytes, std::uint64_t hash) {
    const std::lock_guard lock(mutex_);
    const auto at = there(bytes, hash);
    if (at == known_.table.end()) return nullptr;
    if (at->hold()) return &*at;
    leave(*at);  // its end waits for the mutex
    return nullptr;
  }
  /// Unless somebody was quicker: then that one, with one holder more.
  const copy* add(copy& made) {
    const std::lock_guard lock(mutex_);
    if (const auto at = there(made.bytes(), made.hash_); at != known_.table.end()) {
      if (at->hold()) return &*at;
      leave(*at);
    }
    known_.make_room_for(1);
    known_.table.insert(made);
    made.known_ = true;
    return &made;
  }
  void forget(copy& ended) {
    const std::lock_guard lock(mutex_);
    if (ended.known_) leave(ended);
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return known_.table.size();
  }

  std::atomic<std::size_t> held = 0;

 private:
  struct hash_of {
    std::size_t operator()(const copy& c) const { return c.hash_; }
  };
  struct same {
    bool operator()(const copy& a, const copy& b) const { return a.bytes() == b.bytes(); }
  };
  using set = boost::intrusive::unordered_set<copy, boost::intrusive::hash<hash_of>, boost::intrusive::equal<same>,
                                              boost::intrusive::power_2_buckets<true>>;

  set::iterator there(std::string_view bytes, std::uint64_t hash) {
    return known_.table.find(
        bytes, [hash](std::string_view) { return static_cast<std::size_t>(hash); },
        [hash](std::string_view b, const copy& c) { return c.hash_ == hash && c.bytes() == b; });
  }
  void leave(copy& known) {
    known_.table.erase(known_.table.iterator_to(known));
    known.known_ = false;
  }

  mutable std::mutex mutex_;
  detail::growing_table<set> known_;
};

bodies::copy::copy(std::string_view bytes, std::uint64_t hash, std::shared_ptr<table> in)
    : hash_(hash), table_(std::move(in)), size_(static_cast<std::uint32_t>(bytes.size())) {
  std::ranges::copy(bytes, reinterpret_cast<char*>(this + 1));
}

bodies::copy* bodies::copy::make(std::string_view bytes, std::uint64_t hash, std::shared_ptr<table> in) {
  return new (behind{bytes.size()}) copy(bytes, hash, std::move(in));
}

bodies::copy_ptr bodies::copy::of_one(std::string_view bytes) { return copy_ptr(make(bytes, 0, nullptr)); }

bool bodies::copy::hold() const {
  auto held = holders_.load(std::memory_order_relaxed);
  while (held != 0)
    if (holders_.compare_exchange_weak(held, held + 1, std::memory_order_relaxed)) return true;
  return false;
}

void bodies::copy::end(copy* last_held) {
  const auto table = last_held->table_;
  if (table) table->forget(*last_held);
  delete last_held;
}

void bodies::copy::stored() const {
  if (shared() && entries_.fetch_add(1, std::memory_order_relaxed) == 0)
    table_->held.fetch_add(cost(), std::memory_order_relaxed);
}

void bodies::copy::removed() const {
  if (shared() && entries_.fetch_sub(1, std::memory_order_relaxed) == 1)
    table_->held.fetch_sub(cost(), std::memory_order_relaxed);
}

bodies::bodies(siphash_key key) : key_(key), table_(std::make_shared<table>()) {}

bodies::copy_ptr bodies::share(std::string_view bytes) {
  const std::uint64_t hash = siphash(key_, bytes);
  if (const copy* known = table_->find(bytes, hash)) return {known, false};
  const copy_ptr made(copy::make(bytes, hash, table_));
  const copy* known = table_->add(const_cast<copy&>(*made));
  return known == made.get() ? made : copy_ptr(known, false);
}

const std::atomic<std::size_t>& bodies::held_bytes() const { return table_->held; }

std::size_t bodies::known() const { return table_->size(); }

}  // namespace sidecache::cache
