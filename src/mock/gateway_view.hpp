// Records as gateways see them, under /v2: providers' keys and configurations in clear, of whom they are, and what a
// virtual key has from its integration.
//
// Fields that are not known to have a name in the record's own schema are left as they were written. A config's
// `config` is a string of JSON. Of the caller's key, gateways read `api_key_details`; its fields stand beside it too.
#pragma once

#include <boost/json/object.hpp>

#include "base/clock.hpp"
#include "mock/store.hpp"

namespace sidecache::mock {

/// Of every kind but API keys.
[[nodiscard]] json::object seen_by_gateway(const record& one, const store& all, wall_time now);

struct key_details {
  bool organisation = false;
  bool workspace = false;
};
[[nodiscard]] json::object details_of_key(const record& key, const store& all, wall_time now, key_details with);

}  // namespace sidecache::mock
