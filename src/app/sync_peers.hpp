// The other sidecaches that a plane asks while a sync passes, and what all of them have in common: the secret.
#pragma once

#include <optional>

#include "admin/peer_desk.hpp"
#include "base/digest.hpp"
#include "config/settings.hpp"
#include "net/peer_listeners.hpp"
#include "net/worker_pool.hpp"

namespace sidecache::app {

class plane_set;

/// Of all planes, which share one; nothing without a secret. Throws std::invalid_argument where its file went after it
/// was checked.
[[nodiscard]] std::optional<proxy::peer_seal> peer_seal_of(const config::settings& from);

/// Random, but for what sidecaches with a common secret tell tenants apart by.
[[nodiscard]] process_keys keys_of_process(const config::settings& from);

/// Where others ask this one; nothing without a secret.
[[nodiscard]] std::optional<admin::peer_desk> desk_for_peers(const config::settings& from, const plane_set& planes);

/// A plane's: whom its workers ask. Outlives their parts.
struct shared_peers {
  net::peer_listeners::sites sites;
  std::optional<proxy::peer_seal> seal;

  /// Emplaces what one worker asks them by, if there are any. Null otherwise.
  proxy::peers* on(net::worker& worker, std::optional<net::peer_listeners>& place) const;
};
/// Throws std::invalid_argument where the settings can't be used.
[[nodiscard]] shared_peers make_peers(const config::settings& from, const config::plane_settings& plane);

}  // namespace sidecache::app
