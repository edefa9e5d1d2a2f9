// An ident as it may be shown: it is what a client put in a target, percent-decoded, so any bytes at any length.
#pragma once

#include <string>
#include <string_view>

namespace sidecache::admin {

/// Valid UTF-8, as JSON takes it, and cut to a line's worth.
[[nodiscard]] std::string shown_ident(std::string_view ident);

}  // namespace sidecache::admin
