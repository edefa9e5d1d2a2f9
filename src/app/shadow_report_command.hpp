// `sidecache shadow-report`: GET /api/shadow of a running sidecache, as a table for people with a verdict under it.
#pragma once

#include <boost/json/value.hpp>
#include <string>

#include "app/exit_code.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

struct shadow_words {
  std::string text;
  exit_code code;  ///< 0: compared, and nothing was wrong; 65: something was; 1: nothing was compared
};
/// Of what /api/shadow said. Pure.
[[nodiscard]] shadow_words words_of_shadow(const boost::json::value& said);

/// As words_of_shadow, or as ask_admin says. `as_json`: what the listener said, whole.
[[nodiscard]] exit_code show_shadow(const config::settings& settings, bool as_json, duration timeout);

}  // namespace sidecache::app
