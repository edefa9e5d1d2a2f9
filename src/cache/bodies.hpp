// The bytes of records, each once: many credentials see the same record, and get the same bytes.
//
// Theory of operation: who makes an entry asks for its bytes by their content and gets the one copy, which lives as
// long as an entry, or a session that is writing it, holds it. The table finds a copy by a keyed hash and compares it;
// it holds none itself: the last holder takes the copy out. A copy whose last holder is just about to do so is not
// handed out again; another takes its place.
//
// What it costs is paid once, however many entries of the store have it: the store tells each entry when it comes in
// and when it goes (entry::stored, entry::removed), and the first and the last of one copy count. held_bytes() is what
// all of them take, for the store to keep within its bound.
//
// Thread-safe. Outlives the store; a copy may outlive this object.
#pragma once

#include <atomic>
#include <boost/intrusive/unordered_set.hpp>
#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/siphash.hpp"

namespace sidecache::cache {

class bodies {
 public:
  class copy;
  using copy_ptr = boost::intrusive_ptr<const copy>;

  explicit bodies(siphash_key key);

  [[nodiscard]] copy_ptr share(std::string_view bytes);
  [[nodiscard]] const std::atomic<std::size_t>& held_bytes() const;
  /// In the table.
  [[nodiscard]] std::size_t known() const;

 private:
  class table;

  siphash_key key_;
  std::shared_ptr<table> table_;
};

/// This and the bytes are one piece of memory.
class bodies::copy
    : public boost::intrusive::unordered_set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>> {
 public:
  /// Nobody else's, and in no table: what it costs is its only entry's.
  [[nodiscard]] static copy_ptr of_one(std::string_view bytes);
  copy(const copy&) = delete;
  copy& operator=(const copy&) = delete;

  [[nodiscard]] std::string_view bytes() const { return {reinterpret_cast<const char*>(this + 1), size_}; }
  [[nodiscard]] bool shared() const { return table_ != nullptr; }
  /// An entry with these bytes has come into the store, or has left it.
  void stored() const;
  void removed() const;
  /// With what the allocator and the table add.
  [[nodiscard]] std::size_t cost() const { return sizeof(copy) + size_ + 32; }

 private:
  friend bodies;
  friend table;
  friend void intrusive_ptr_add_ref(const copy* held) { held->holders_.fetch_add(1, std::memory_order_relaxed); }
  friend void intrusive_ptr_release(const copy* held) {
    if (held->holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) end(const_cast<copy*>(held));
  }
  struct behind {
    std::size_t bytes;
  };
  static void* operator new(std::size_t size, behind more) { return ::operator new(size + more.bytes); }
  static void operator delete(void* at, behind /*more*/) { ::operator delete(at); }
  static void operator delete(void* at) { ::operator delete(at); }  // without a size, which is not the copy's alone

  static copy* make(std::string_view bytes, std::uint64_t hash, std::shared_ptr<table> in);
  static void end(copy* last_held);
  copy(std::string_view bytes, std::uint64_t hash, std::shared_ptr<table> in);
  ~copy() = default;
  /// False if its last holder has let it go.
  [[nodiscard]] bool hold() const;

  std::uint64_t hash_;
  std::shared_ptr<table> table_;  ///< null: of_one()
  std::uint32_t size_;            ///< a record is 64 MiB at most (limits.record_bytes)
  mutable std::atomic<std::uint32_t> entries_ = 0;
  mutable std::atomic<std::uint32_t> holders_ = 0;
  bool known_ = false;  ///< it is in the table; under its mutex
};

}  // namespace sidecache::cache
