// The table of settings as people read it: the README's table and the annotated example file.
#pragma once

#include <string>

namespace sidecache::config {

/// A Markdown table: key, default, values, live or restart, effect.
[[nodiscard]] std::string settings_markdown();

/// config/sidecache.yaml: every setting with its help, at its default.
[[nodiscard]] std::string settings_example();

}  // namespace sidecache::config
