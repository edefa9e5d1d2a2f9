// The table of settings as people read it: the README's table and the annotated example file.
#pragma once

#include <string>

namespace sidecache::config {

/// A Markdown table: key, default, values, live or restart, effect.
[[nodiscard]] std::string settings_markdown();

/// config/sidecache.yaml: every setting with its help, at its default. The first line is for editors, and names the
/// schema as it lies from there; the Debian package, which has it elsewhere, changes that line (cmake/packaging.cmake).
[[nodiscard]] std::string settings_example();

}  // namespace sidecache::config
