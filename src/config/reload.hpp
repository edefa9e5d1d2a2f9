// What a configuration that is read while sidecache runs means to the one that it runs by: decided without I/O.
//
// All or nothing. One that is wrong anywhere, or that changes a setting whose row in the table says restart, changes
// nothing at all: half of a change is a configuration that nobody wrote. Values are compared, not texts, so that
// another way to write the same, or a line that moved, is no change; what a change is told by is the text, in which
// secrets are
// "(set)".
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "config/config_error.hpp"
#include "config/load.hpp"

namespace sidecache::config {

enum class reload_result : std::uint8_t {
  applied,           ///< all that differs is live
  unchanged,         ///< nothing differs
  invalid,           ///< it would not have started
  restart_required,  ///< something that differs is not live
};
constexpr std::array<std::string_view, 4> reload_result_names{"applied", "unchanged", "invalid", "restart_required"};
[[nodiscard]] constexpr std::string_view to_string(reload_result what) {
  return reload_result_names[static_cast<std::size_t>(what)];
}

/// A setting of which the new configuration has another value.
struct setting_change {
  std::string key;  ///< as setting_in_effect has it
  const setting* what = nullptr;
  std::string running;  ///< both as GET /api/settings shows them
  std::string wanted;

  [[nodiscard]] bool is_live() const { return what->change == change::live; }
};

/// In the order of the table, what belongs to planes behind, plane by plane.
[[nodiscard]] std::vector<setting_change> changes_between(const loaded_settings& running,
                                                          const loaded_settings& wanted);

using load_result = std::expected<loaded_settings, std::vector<config_error>>;

struct reload_decision {
  reload_result result = reload_result::unchanged;
  std::vector<setting_change> changes;  ///< all that differs
  std::vector<config_error> errors;

  /// What was read is what counts from now on.
  [[nodiscard]] bool is_taken() const { return result == reload_result::applied || result == reload_result::unchanged; }
};
[[nodiscard]] reload_decision decide_reload(const loaded_settings& running, const load_result& wanted);

/// One line, for the log and for people: each key with what it is, what it was to be, and why that can't be.
[[nodiscard]] std::string describe(const reload_decision& what);

}  // namespace sidecache::config
