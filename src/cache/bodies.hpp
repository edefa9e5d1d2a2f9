// The bytes of records, each once: many credentials see the same record, and get the same bytes.
//
// Theory of operation: who makes an entry asks for its bytes by their content and gets the one copy, which lives as
// long as an entry, or a session that is writing it, holds it. The table finds a copy by a keyed hash and compares it;
// it holds none itself, and is rid of the dead ones when it has grown to twice of what lived.
//
// What it costs is paid once, however many entries of the store have it: the store tells each entry when it comes in
// and when it goes (entry::stored, entry::removed), and the first and the last of one copy count. held_bytes() is what
// all of them take, for the store to keep within its bound.
//
// Thread-safe. Outlives the store; a copy may outlive this object.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/siphash.hpp"

namespace sidecache::cache {

class bodies {
 public:
  class copy {
   public:
    copy(std::string_view text, std::atomic<std::size_t>& held) : bytes(text), held_(held) {}
    /// An entry with these bytes has come into the store, or has left it.
    void stored() const {
      if (entries_.fetch_add(1, std::memory_order_relaxed) == 0) held_.fetch_add(cost(), std::memory_order_relaxed);
    }
    void removed() const {
      if (entries_.fetch_sub(1, std::memory_order_relaxed) == 1) held_.fetch_sub(cost(), std::memory_order_relaxed);
    }
    /// With what the allocator, the reference counts and the table add.
    [[nodiscard]] std::size_t cost() const { return bytes.capacity() + sizeof(copy) + 96; }

    const std::string bytes;

   private:
    std::atomic<std::size_t>& held_;
    mutable std::atomic<std::uint32_t> entries_ = 0;
  };

  explicit bodies(siphash_key key) : key_(key) {}

  [[nodiscard]] std::shared_ptr<const copy> share(std::string_view bytes);
  [[nodiscard]] const std::atomic<std::size_t>& held_bytes() const { return held_; }
  /// In the table, dead ones included.
  [[nodiscard]] std::size_t known() const {
    const std::lock_guard lock(mutex_);
    return known_.size();
  }

 private:
  void forget_dead();

  siphash_key key_;
  std::atomic<std::size_t> held_ = 0;
  mutable std::mutex mutex_;
  std::unordered_map<std::uint64_t, std::weak_ptr<const copy>> known_;
  std::size_t forget_at_ = 64;
};

}  // namespace sidecache::cache
