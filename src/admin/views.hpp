// What the admin pages are told by the rest of the process: plain rows, so that this room knows neither cache nor
// configuration. The composition root fills them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/route.hpp"
#include "proxy/coverage.hpp"
#include "proxy/drill.hpp"
#include "proxy/settings.hpp"
#include "proxy/shadow.hpp"

namespace sidecache::admin {

/// One stored answer. Nothing here is secret (promise 8): no body, and of the credential only what tells two apart.
struct entry_row {
  std::string plane{};
  http::route route = http::route::other;
  std::string ident{};       ///< the slug or UUID
  std::string credential{};  ///< the first characters of its keyed digest
  unsigned status = 200;
  std::uint64_t bytes = 0;
  duration age{};
  duration ttl{};  ///< left; negative once it is stale
};

/// What an outage of one plane's control plane would find.
struct plane_coverage {
  std::string plane;
  proxy::coverage found;
};

/// Thread-safe: asked on the admin listener's thread while workers use the cache.
class cache_view {
 public:
  virtual ~cache_view() = default;
  /// At most so many, in no order that is promised.
  [[nodiscard]] virtual std::vector<entry_row> entries(std::size_t limit) const = 0;
  [[nodiscard]] virtual std::size_t entry_count() const = 0;
  /// At least one.
  [[nodiscard]] virtual std::vector<std::string> plane_names() const = 0;
  /// In the same order.
  [[nodiscard]] virtual std::vector<plane_coverage> coverage() const = 0;
};

/// Drills of all planes at once. Thread-safe.
class drill_desk {
 public:
  virtual ~drill_desk() = default;
  /// As proxy::drill::begin(). `from`: who wants it.
  virtual void begin_drill(mono_time now, duration how_long, std::string_view from) = 0;
  /// Added up over the planes.
  [[nodiscard]] virtual proxy::drill_report drill_report(mono_time now) const = 0;
};

/// A record that gateways were given stale, and may have kept.
struct stale_row {
  std::string family{};
  std::string ident{};
  std::string workspace{};
  std::string organisation{};
  wall_time first{};
  wall_time last{};
  std::uint64_t times = 0;
};

/// Thread-safe.
class stale_view {
 public:
  virtual ~stale_view() = default;
  /// The latest first.
  [[nodiscard]] virtual std::vector<stale_row> stale_served(std::size_t limit) const = 0;
  [[nodiscard]] virtual std::size_t stale_count() const = 0;
};

/// Who answers one plane's lookups, and what its shadow has shown.
struct plane_shadow {
  std::string plane{};
  proxy::mode mode{};
  proxy::shadow_report report{};
};

/// One setting as it is in force. A secret is never a value: secrets come from files, and the file's name is shown.
struct setting_row {
  std::string key{};
  std::string value{};
  std::string source{};  ///< "default", "file", "environment" or "flag"
  std::string default_value{};
  std::string help{};
  bool live = false;  ///< a change takes effect without a restart
};

/// What came of reading the settings anew.
struct reload_report {
  struct change {
    std::string key{};
    std::string running{};  ///< before, where it was taken
    std::string wanted{};
    bool live = false;
  };
  std::string result{};  ///< "applied", "unchanged", "invalid" or "restart_required"
  std::string cause{};
  wall_time at{};
  bool taken = false;
  std::string told{};  ///< all of it in a line
  std::vector<change> changes{};
  std::vector<std::string> errors{};
};

}  // namespace sidecache::admin
