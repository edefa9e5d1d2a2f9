// What a plane's own sync takes: who asks, and under which identifier, which is kept in a file across restarts.
#pragma once

#include "base/secret.hpp"
#include "config/settings.hpp"
#include "proxy/sync_poll.hpp"

namespace sidecache::app {

/// The identifier in the plane's file; made and written there, readable by its owner only, where there is none. Throws
/// std::invalid_argument where it can be neither read nor written.
[[nodiscard]] proxy::poll_settings poll_settings(const config::plane_settings& from);

/// Throws std::invalid_argument where the file went after it was checked.
[[nodiscard]] secret poll_credential(const config::plane_settings& from);

}  // namespace sidecache::app
