// Which organisations' sync passes here, and since when: what makes it safe to answer a gateway from memory.
//
// A gateway keeps what it gets for days and drops what sync names. So what it is given must be as new as the last sync
// that reached it. A process that sees that sync pass has dropped what it named; until the same gateways ask for sync
// again, `interval` later at the earliest, nothing that was asked for since can have been named elsewhere. After that
// another replica, or another way round, may have had the next one: then only what is asked for anew is safe.
//
//   sync passes here (sent at s)          the next may pass elsewhere
//   |------- answers may be fresh --------|------- fresh for nobody -------
//   s                                     s + interval
//
// Whose records they are is told by the client's Authorization, which all pods of a gateway share, or, where a request
// has none, by the organisation's name. Behind one client there may be several fleets of gateways, each with a store
// and an identifier of its own: then the one whose sync passed longest ago decides, until it was not heard of for
// twenty intervals. A fleet whose sync never passes here is not known of: it must not look things up here. Bounded;
// thread-safe; time is an argument.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "cache/dependencies.hpp"

namespace sidecache::proxy {

using cache::tenant;

/// Whether one's sync may speak of the other's records.
[[nodiscard]] bool concerns(const tenant& sync, const tenant& records);

class heard_syncs {
 public:
  explicit heard_syncs(std::size_t max = 1024) : max_(max) {}

  /// A sync under this identifier, sent at `sent`, came back and was read.
  void heard(const tenant& whose, const std::string& identifier, mono_time sent);
  /// One failed after it was sent, or could not be read: it may have been handed out, to nobody.
  void lost(const tenant& whose);
  /// When all whose sync concerns this tenant's records, and was heard at `since` or later, had been told last.
  [[nodiscard]] std::optional<mono_time> last(const tenant& whose, mono_time since) const;

 private:
  struct line {
    tenant whose;
    std::string identifier;
    mono_time sent;
  };
  std::size_t max_;
  mutable std::mutex mutex_;
  std::vector<line> lines_;
};

}  // namespace sidecache::proxy
