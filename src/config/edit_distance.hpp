// The nearest known name to a mistyped one, for "did you mean ...?". Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::config {

/// Levenshtein: how many characters must be inserted, removed or replaced to make one text of the other.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// The known name that `unknown` most likely stands for, "" if none is near: at most a third of its characters (two of
/// few) differ, or it is the beginning of a known one ("admin.token" of "admin.token_file"), or the last part is the
/// same ("ttl" and "cache.ttl"; `separator` is what parts a name).
[[nodiscard]] std::string closest_name(std::string_view unknown, const std::vector<std::string>& known, char separator);

}  // namespace sidecache::config
