// What gateways were answered stale, for as long as they may have kept it: so that it can be listed, and named in the
// next sync answer, upon which they drop it.
//
// Theory of operation: one line a record and tenant. A line is there from the first stale answer until a sync answer
// that names it was handed on whole (heal), or a week has passed, as long as a gateway keeps anything. Beside them
// stand the names that the control plane's own sync answers had: naming them again costs a lookup, and heals what
// reached a gateway around the time of the first or since: an answer that was under way, one of a replica that was
// still behind, one that another sidecache gave, which this sync never reached.
//
// A name is told again for a `span` after it came, and once more for a span after a spell of trouble: what is wrong
// anywhere has been edited, so it has been named here, by a sync that passed or by this process's own. Trouble is what
// this process sees of an outage; a spell of it lasts while less than a span is between one and the next. Which names
// are told after it: those that other sidecaches may not have heard when it began (`unheard_for` before that, or
// since). Where each asks for sync itself, that is what came in the last intervals; else everything that one may still
// hold.
//
//   named       trouble . . . . trouble                          (a sync every 30 s)
//   |-- span --|  |---- spell -----|quiet|---- to a span ----|
//   told again                           told again, whatever was named in the spell or up to `unheard_for` before it
//
// The quiet is for a control plane that answers every other request: each record that gateways drop is asked for.
//
// Bounded: when it is full, what is new is counted and not listed, and the oldest name is forgotten. Thread-safe; time
// is an argument.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
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
  [[nodiscard]] std::vector<line> list(std::size_t most, mono_time now) const;

  /// What an answer to sync for this tenant is to name besides.
  struct names {
    std::vector<sync_addition> all;
    std::uint64_t as_of = 0;  ///< for named()
  };
  /// How long names are told again, how long after trouble that begins, and how long a sidecache may go without
  /// hearing of them.
  struct reach {
    duration span;
    duration quiet;
    duration unheard_for;
  };
  [[nodiscard]] names to_name(const tenant& whose, mono_time now, const reach& how);
  /// An answer that named them was handed on whole. What was served again since stays.
  void named(const tenant& whose, std::uint64_t as_of);
  /// What was served stale to this tenant after that number, from the earliest on, and no more than so many bytes of
  /// names: `as_of` is the last number of which everything is there.
  [[nodiscard]] names since(const tenant& whose, std::uint64_t number, std::size_t most_bytes, mono_time now) const;
  /// What the control plane itself named.
  void repeat(const tenant& whose, std::vector<sync_addition> named, mono_time now);
  /// The control plane could not be asked, or somebody was answered stale.
  void troubled(mono_time now, const reach& how);

  struct figures {
    std::size_t waiting = 0;      ///< lines now
    std::uint64_t forgotten = 0;  ///< that found no room, or were a week old
    std::uint64_t healed = 0;
  };
  [[nodiscard]] figures look(mono_time now) const;

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
    sync_addition what;
    mono_time named;  ///< last
  };
  struct spell {
    mono_time began;
    mono_time last;
  };
  void forget_lines(mono_time now) const;
  void forget_old(mono_time now, const reach& how);
  [[nodiscard]] bool tells_again(const repeated& each, mono_time now, const reach& how) const;

  std::size_t max_;
  mutable std::mutex mutex_;
  mutable std::map<key, line> lines_;  // who reads them forgets those that have ended
  std::map<key, repeated> repeated_;   // of an organisation, whoever its client is
  std::optional<spell> trouble_;
  std::uint64_t number_ = 0;
  mutable figures figures_;
};

}  // namespace sidecache::proxy
