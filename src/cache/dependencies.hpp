// What a stored answer depends on and what a write touches, as tags: the write table in one place.
//
// Providers and virtual keys are one family, because a write to either may change both; integrations are the other.
// Workspaces play no part: the same slug in another workspace is dropped too, which costs a fetch and is never wrong.
//
// Where a relation between slug, UUID and `integration_id` can't be resolved, the entry carries a tag that says so, and
// a write that might concern it touches that tag:
//
//   entry                                   carries               touched by a write that names
//   any record without an id                id_unknown            a UUID of its family
//   key whose integration_id is a UUID      parent_slug_unknown   an integration by its slug
//     of an integration never seen
//   key whose integration_id is a slug      parent_id_unknown     an integration by a UUID never seen
//   key without integration_id              parent_unknown        any integration
//
// A read under way knows nothing of its record yet and depends on all of these.
//
// Tags are keyed hashes of short names; a collision (2^-64 a pair) would drop a record too many. Pure, but for
// `relations`, which is thread-safe.
#pragma once

#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/digest.hpp"
#include "http/route.hpp"
#include "records/facts.hpp"
#include "sidecache/ttl_lru_cache.hpp"

namespace sidecache::cache {

enum class family : std::uint8_t { integration, key };
[[nodiscard]] constexpr family family_of(records::kind k) {
  return k == records::kind::integration ? family::integration : family::key;
}

/// Which slug an integration's UUID has, learnt from the records that pass. Bounded: when full it starts anew, and what
/// is not known is dropped too often, never too seldom. Thread-safe.
class relations {
 public:
  explicit relations(std::size_t max = 65'536) : max_(max) {}
  void learn(std::string_view uuid, std::string_view slug);
  void forget(std::string_view uuid);
  /// "" if not known.
  [[nodiscard]] std::string slug_of(std::string_view uuid) const;

 private:
  std::size_t max_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, std::string> slugs_;
};

class dependencies {
 public:
  using tags = std::vector<cache_tag>;

  explicit dependencies(siphash_key key) : key_(key) {}

  /// Of the read of a record that is under way.
  [[nodiscard]] tags of_read(records::kind kind, std::string_view ident) const;
  /// Of a stored record.
  [[nodiscard]] tags of_record(records::kind kind, std::string_view ident, const records::record_facts& facts,
                               const digest128& partition) const;
  /// Of an answer without a record: a remembered 401, 403 or 404, or a marker.
  [[nodiscard]] tags of_negative(records::kind kind, std::string_view ident, const digest128& partition) const;
  /// Of everything that one credential sees.
  [[nodiscard]] cache_tag of_partition(const digest128& partition) const;

  /// What a request that may change something touches; empty if nothing that is ever stored.
  [[nodiscard]] tags touched_by(http::method method, const http::target& target) const;

  /// What touches every stored answer and every read under way.
  [[nodiscard]] tags everything() const;

  [[nodiscard]] relations& known() { return relations_; }

 private:
  enum class name : std::uint8_t;
  [[nodiscard]] cache_tag tag(name what, family f, std::string_view ident = {}) const;
  void add_parent(tags& out, std::string_view integration_id) const;
  void touch_integration(tags& out, std::string_view ident) const;
  void touch_key(tags& out, std::string_view ident) const;
  void touch_everything(tags& out) const;

  siphash_key key_;
  relations relations_;
};

}  // namespace sidecache::cache
