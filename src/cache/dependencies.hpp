// What a stored answer depends on and what a write touches, as tags: the write table in one place.
//
// Providers and virtual keys are one family, because a write to either may change both; each other kind is one of its
// own. Workspaces play no part in writes: the same slug in another workspace is dropped too, which costs a fetch and is
// never wrong. A purge may name one; a record that does not say whose it is may be anybody's.
//
// Where a relation between slug, UUID and `integration_id` can't be resolved, the entry carries a tag that says so, and
// a write that might concern it touches that tag:
//
//   entry                                   carries               touched by a write that names
//   any record without an id                id_unknown            a UUID of its family
//   a record without a slug, by its UUID    slug_unknown          a slug of its family
//   key whose integration_id is a UUID      parent_slug_unknown   an integration by its slug
//     of an integration never seen
//   key whose integration_id is a slug      parent_id_unknown     an integration by a UUID never seen
//   key without integration_id              parent_unknown        any integration
//   entry of a credential whose API key     owner_unknown         an API key, in a sync answer
//     was never seen
//   entry that does not say of which        organisation_unknown  any organisation as a whole
//     organisation it is
//
// A read under way knows nothing of its record yet and depends on all of these.
//
// Tags are keyed hashes of short names; a collision (2^-64 a pair) would drop a record too many. Pure, but for
// `relations`, which is thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.hpp"
#include "cache/family.hpp"
#include "cache/relations.hpp"
#include "http/route.hpp"
#include "records/facts.hpp"
#include "sidecache/ttl_lru_cache.hpp"

namespace sidecache::cache {

/// Whose a request of the data plane is. An organisation can be named in two ways (slug, UUID), so what is one client's
/// is taken for one organisation's too.
struct tenant {
  std::string organisation = {};  ///< "" if it does not say
  std::uint64_t client = 0;       ///< keyed hash of its Authorization, which all pods of a gateway share; 0: none
};

/// What an answer is about, as far as the request says.
struct subject {
  records::kind kind = records::kind::integration;
  std::string_view ident = {};  ///< slug or UUID
  digest128 partition = {};     ///< of the credential
  tenant whose = {};
};

/// What a sync answer or a resync names.
struct changes {
  struct item {
    std::optional<family> of = {};  ///< nothing: of any
    std::string ident = {};         ///< slug or UUID; "": all of the family
    bool operator==(const item&) const = default;
  };
  std::vector<item> items = {};
  bool everything = false;  ///< something was named that can't be told: all of the organisation
  bool operator==(const changes&) const = default;
};

/// What to drop by hand. All that is named must hold; nothing named chooses everything.
struct purge_order {
  std::optional<records::kind> kind = {};
  std::string slug = {};
  std::string uuid = {};
  std::string integration = {};  ///< slug or UUID: the integration, its providers and virtual keys
  std::string workspace = {};
  std::optional<digest128> partition = {};  ///< of one credential
  bool soft = false;                        ///< kept, to be revalidated before use, stale in an outage only
};

class dependencies {
 public:
  using tags = std::vector<cache_tag>;

  explicit dependencies(siphash_key key);

  /// Of the read of a record that is under way.
  [[nodiscard]] tags of_read(const subject& about) const;
  /// Of a stored record.
  [[nodiscard]] tags of_record(const subject& about, const records::record_facts& facts) const;
  /// Of an answer without a record: a remembered 401, 403 or 404, or a marker.
  [[nodiscard]] tags of_negative(const subject& about) const;
  /// Of everything that one credential sees.
  [[nodiscard]] cache_tag of_partition(const digest128& partition) const;

  /// What a request that may change something touches; empty if nothing that is ever stored.
  [[nodiscard]] tags touched_by(http::method method, const http::target& target) const;
  /// What is dropped because sync or a resync names it; of `everything` nothing is said here.
  [[nodiscard]] tags touched_by(const changes& named) const;
  /// Everything that may be that tenant's organisation's.
  [[nodiscard]] tags of_tenant(const tenant& whose) const;

  /// What a purge chooses. An entry is chosen that carries, of each group, at least one tag.
  struct choice {
    std::vector<tags> groups;
    tags overtaken;  ///< reads under way that depend on one of these may bring what is to be purged
  };
  [[nodiscard]] choice chosen_by(const purge_order& order) const;

  /// What touches every stored answer and every read under way.
  [[nodiscard]] tags everything() const;

  [[nodiscard]] relations& known() { return relations_; }

 private:
  enum class name : std::uint8_t;
  /// Of all of a family.
  [[nodiscard]] cache_tag tag(name what, family f) const;
  [[nodiscard]] cache_tag tag(name what, family f, std::string_view of) const;
  [[nodiscard]] cache_tag tag_of(name what, family f, std::string_view ident) const;
  void add_parent(tags& out, std::string_view integration_id) const;
  void add_ident(tags& out, family f, std::string_view ident) const;
  void add_tenant(tags& out, const tenant& whose, std::string_view organisation_found) const;
  [[nodiscard]] cache_tag of_client(std::uint64_t client) const;
  void add_owner(tags& out, const digest128& partition) const;
  void touch_integration(tags& out, std::string_view ident) const;
  void touch_record(tags& out, family f, std::string_view ident) const;
  void touch_api_key(tags& out, std::string_view ident) const;
  void touch(tags& out, family f, std::string_view ident) const;
  void touch_list(tags& out, family f, http::method method) const;
  void touch_everything(tags& out) const;

  siphash_key key_;
  std::vector<cache_tag> families_;  ///< by name and family: most tags of a record are such
  relations relations_;
};

}  // namespace sidecache::cache
