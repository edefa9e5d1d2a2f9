// The rules for heads and bodies as the README shows them.
#pragma once

#include <string>

namespace sidecache::http {

/// A Markdown table: code, status, and what is expected instead, a row a rule.
[[nodiscard]] std::string refusals_markdown();

}  // namespace sidecache::http
