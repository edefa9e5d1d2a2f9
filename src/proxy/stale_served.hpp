// What gateways were answered stale, for as long as they may have kept it: so that it can be listed, and named in the
// next sync answer, upon which they drop it.
//
// Theory of operation: one line a record and tenant. A line is there from the first stale answer until a sync answer
// that names it was handed on whole (heal), or a week has passed, as long as a gateway keeps anything. Beside them
// stand the names that the control plane's own sync answers had lately: naming them once more in the next costs a
// lookup, and heals what reached a gateway around the time of the first: an answer that was under way, one of a replica
// that was still behind, one of another sidecache that had not noticed yet that the control plane is back.
//
// Bounded: when it is full, what is new is counted and not listed. Thread-safe; time is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "proxy/healed_sync.hpp"
#include "proxy/heard_syncs.hpp"

namespace sidecache::proxy {

class stale_served {
 public:
  explicit stale_served(std::size_t max = 65'536) : max_(max) {}

  void note(const tenant& whose, const sync_addition& what, instant now);

  struct line {
    tenant whose;
    sync_addition what;
    wall_time first;
    wall_time last;
    mono_time seen;
    std::uint64_t times = 0;
    std::uint64_t number = 0;  ///< of the last time, among all
  };
  /// The latest first, `most` at most.
  [[nodiscard]] std::vector<line> list(std::size_t most) const;

  /// What an answer to sync for this tenant is to name besides.
  struct names {
    std::vector<sync_addition> all;
    std::uint64_t as_of = 0;  ///< for named()
  };
  [[nodiscard]] names to_name(const tenant& whose, mono_time now);
  /// An answer that named them was handed on whole. What was served again since stays.
  void named(const tenant& whose, std::uint64_t as_of);
  /// What the control plane itself named, to be named again for `span`.
  void repeat(const tenant& whose, std::vector<sync_addition> named, mono_time now, duration span);

  struct figures {
    std::size_t waiting = 0;      ///< lines now
    std::uint64_t forgotten = 0;  ///< that found no room, or were a week old
    std::uint64_t healed = 0;
  };
  [[nodiscard]] figures look() const;

 private:
  struct key {
    std::string organisation;
    std::uint64_t client;
    cache::family of;
    std::string ident;
    std::string workspace_id;
    auto operator<=>(const key&) const = default;
  };
  struct repeated {
    tenant whose;
    sync_addition what;
    mono_time until;
  };
  void forget_old(mono_time now);

  std::size_t max_;
  mutable std::mutex mutex_;
  std::map<key, line> lines_;
  std::vector<repeated> repeated_;
  std::uint64_t number_ = 0;
  figures figures_;
};

}  // namespace sidecache::proxy
