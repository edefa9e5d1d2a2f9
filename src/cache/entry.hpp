// A stored answer: immutable, with its bytes ready to be written and what decisions need of its record.
//
// Shared by reference count between the store, flights and sessions that are writing it. Only `marks`, which the store
// keeps beside it, ever change.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.hpp"
#include "cache/bodies.hpp"
#include "records/kind.hpp"
#include "sidecache/detail/prefetch.hpp"

namespace sidecache::cache {

/// What was stored under a key.
enum class entry_class : std::uint8_t {
  record,    ///< a 200 with a record of the asked kind
  negative,  ///< a 401, 403 or 404 in JSON, remembered briefly
  unstored,  ///< never in the store: an answer that is handed to the waiters of one flight
  marker,    ///< no answer at all: "what this key gives can't be stored", so that lookups don't queue up behind another
};

/// Marks beside an entry in the store.
enum entry_mark : std::uint8_t {
  mark_locked = 1,            ///< the key got a 401: kept, not served, until a 200 for it
  mark_partition_locked = 2,  ///< its credential got 401 on three records: kept, not served, until any 200
  mark_refreshing = 8,        ///< it was fetched anew ahead of its end: once is enough
  mark_suspect = 4,           ///< a write may have been applied: to be revalidated before use, stale in an outage only
};

constexpr wall_time no_deadline = wall_time::max();

struct entry {
  /// A part of `head`.
  struct text_in_head {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
  };

  unsigned status = 200;
  entry_class what = entry_class::record;
  records::kind kind = records::kind::integration;
  bool inactive = false;            ///< exhausted, expired or archived when it came
  std::string head;                 ///< status line and fields, each ended by CRLF
  bodies::copy_ptr body;            ///< the bytes that the control plane sent; null: none
  bool own_etag = false;            ///< made here over the bytes, because the origin gave none
  bool dated = false;               ///< the part of the head that a 304 has too has a Date
  std::uint32_t fields_of_304 = 0;  ///< where in the head those fields begin that a 304 has too
  text_in_head etag_at;
  text_in_head last_modified_at;
  std::string ident;        ///< slug or UUID that was asked for
  std::uint64_t asked = 0;  ///< generations::begin_read() of the read that brought it

  // Times of the monotonic clock: ascending but for the last.
  mono_time stored_at;         ///< when the answer came, or was last confirmed by a 304
  mono_time fresh_until;       ///< TTL
  mono_time revalidate_until;  ///< stale-while-revalidate
  mono_time usable_until;      ///< that, or stale-if-error if it is longer; not found in the store after that
  mono_time error_until;       ///< stale-if-error; a soft deadline may make it stale before its TTL ends
  duration initial_age{};      ///< what `Age` said when it came

  // Deadlines of the wall clock.
  wall_time soft_deadline = no_deadline;  ///< not fresh past it
  wall_time hard_deadline = no_deadline;  ///< not served past it

  /// As it stands in the head; "" if none.
  [[nodiscard]] std::string_view etag() const { return in_head(etag_at); }
  /// The origin's; "" if none.
  [[nodiscard]] std::string_view last_modified() const { return in_head(last_modified_at); }
  [[nodiscard]] std::string_view in_head(text_in_head at) const {
    return std::string_view(head).substr(at.begin, at.size);
  }

  [[nodiscard]] std::string_view bytes() const { return body ? body->bytes() : std::string_view{}; }
  /// Before it is written out: among many records each part of it is a wait for memory.
  void prefetch() const {
    detail::prefetch(head.data(), 128);
    detail::prefetch(body.get(), 512);
  }
  /// Of a body that others may have too: 0 if it has none such.
  [[nodiscard]] std::size_t shared_cost() const { return body && body->shared() ? body->cost() : 0; }
  /// Without a body that is shared.
  [[nodiscard]] std::size_t cost() const {
    return sizeof(entry) + head.capacity() + (body && !body->shared() ? body->cost() : 0) + 64;
  }
  /// By the store.
  void stored() const {
    if (body) body->stored();
  }
  void removed() const {
    if (body) body->removed();
  }
};

/// What may be done with an entry at an instant.
enum class usability : std::uint8_t {
  fresh,       ///< serve
  revalidate,  ///< serve, and fetch anew in the background
  on_error,    ///< fetch; serve only if that fails in a way that allows stale answers
  on_outage,   ///< fetch; serve only if the control plane can't be reached
  unusable,    ///< locked or past its end: fetch, and serve nothing else
};

[[nodiscard]] constexpr usability usability_of(const entry& e, std::uint8_t marks, instant now) {
  if ((marks & (mark_locked | mark_partition_locked)) != 0) return usability::unusable;
  if (now.wall >= e.hard_deadline || now.mono >= e.usable_until) return usability::unusable;
  const bool replaces_error = now.mono < e.error_until;
  if ((marks & mark_suspect) != 0) return replaces_error ? usability::on_outage : usability::unusable;
  const bool past_soft = now.wall >= e.soft_deadline;
  if (!past_soft && now.mono < e.fresh_until) return usability::fresh;
  if (!past_soft && now.mono < e.revalidate_until) return usability::revalidate;
  return replaces_error ? usability::on_error : usability::unusable;
}

}  // namespace sidecache::cache
