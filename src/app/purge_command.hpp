// `sidecache purge`: POST /api/purge to the admin listener of a running sidecache.
#pragma once

#include <string>

#include "app/exit_code.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

/// What to purge, as the command line has it; "" and false where it says nothing.
struct purge_options {
  bool all = false;
  bool soft = false;
  std::string plane;
  std::string kind;
  std::string slug;
  std::string uuid;
  std::string integration;
  std::string workspace;
  std::string credential_file;  ///< never the credential itself: command lines are public
};

/// Asks the admin listener of these settings, with the token of admin.token_file, and prints how many entries went. 0
/// if they did; 64 where the options or the token can't be used; 1 where it does not answer or refuses. Errors go to
/// standard error.
[[nodiscard]] exit_code purge(const config::settings& settings, const purge_options& what, duration timeout);

}  // namespace sidecache::app
