// A change to a record that no API call made: what an operator's console, a job or a budget does behind the proxy.
#pragma once

#include <boost/json/object.hpp>

#include "mock/call.hpp"

namespace sidecache::mock {

/// {kind, slug, [organisation], [workspace], patch | delete: true | create: fields}; `kind` is any collection
/// ("configs", "prompts/partials", "api-keys", whose slug is the key's name) or object name. Answers {id, slug}. 404 if
/// no record is meant, 409 if several are. What is created needs its organisation, and stands in it or in the
/// workspace.
[[nodiscard]] result edit_record(store& all, id_source& ids, const json::object& asked, wall_time now);

}  // namespace sidecache::mock
