// A change to a record that no API call made: what an operator's console, a job or a budget does behind the proxy.
#pragma once

#include <boost/json/object.hpp>

#include "mock/call.hpp"

namespace sidecache::mock {

/// {kind, slug, [organisation], [workspace], patch | delete: true}; `kind` is integrations, virtual-keys or providers.
/// Answers {id, slug}. 404 if no record is meant, 409 if several are.
[[nodiscard]] result edit_record(store& all, const json::object& asked, wall_time now);

}  // namespace sidecache::mock
