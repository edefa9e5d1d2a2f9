// The table of settings as a JSON Schema (2020-12) of the file, for editors: deploy/sidecache.schema.json.
//
// It says what a schema can: names, shapes, words, units, places of lists and maps. Bounds of durations and sizes, what
// files must be there, and what two settings say together are `sidecache check`'s alone: whatever that takes, the
// schema takes too, so that an editor never marks what is right. Pure.
#pragma once

#include <string>

namespace sidecache::config {

/// The whole document, indented, with a line break at its end.
[[nodiscard]] std::string settings_schema();

}  // namespace sidecache::config
