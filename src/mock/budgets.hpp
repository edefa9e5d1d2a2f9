// The admin API's operations on virtual keys and providers: what has a budget and belongs to one workspace.
#pragma once

#include "mock/call.hpp"

namespace sidecache::mock {

[[nodiscard]] result create_virtual_key(call& c);
[[nodiscard]] result create_provider(call& c);
/// A virtual key or a provider. `reset_usage` true or 0 makes an exhausted one active again.
[[nodiscard]] result update_budgeted(call& c, const record& one);

}  // namespace sidecache::mock
