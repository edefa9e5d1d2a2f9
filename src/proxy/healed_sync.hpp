// An answer to sync with more names in it, in its own shape: so that gateways drop what they pinned and this process
// knows to be wrong, or can't vouch for.
//
// What is added goes to the end of each list of its family's changed records (never of one by which a gateway does
// something else, such as resetting a budget), as an element like those that stand there, and is not added
// where it stands already; where there is no such list, a new one is. Every other byte stays as the control plane sent
// it. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "cache/dependencies.hpp"

namespace sidecache::proxy {

struct sync_addition {
  cache::family of = cache::family::key;
  std::string ident = {};         ///< slug or UUID
  std::string workspace_id = {};  ///< "" if not known
  auto operator<=>(const sync_addition&) const = default;
};

/// Nothing if the body can't be read, or its data is a list, which has no place for a family's name.
[[nodiscard]] std::optional<std::string> with_added(std::string_view body, std::span<const sync_addition> more);

/// The elements of the answer's lists, as additions to another: of the families that are known.
[[nodiscard]] std::vector<sync_addition> named_in(std::string_view body);

}  // namespace sidecache::proxy
