// The admin API's operations on integrations and on what hangs below them.
#pragma once

#include "mock/call.hpp"

namespace sidecache::mock {

[[nodiscard]] result create_integration(call& c);
[[nodiscard]] result update_integration(call& c, const record& one);
/// Takes its providers and virtual keys along.
void delete_integration(call& c, const record& one);

/// GET and PUT /integrations/{slug}/workspaces -> {total, workspaces}. Opening a workspace makes a default provider
/// there, closing it takes the integration's providers and virtual keys away.
[[nodiscard]] result workspaces_of(call& c, const record& one);
/// GET, PUT and DELETE /integrations/{slug}/models -> {total, models}.
[[nodiscard]] result models_of(call& c, const record& one);

}  // namespace sidecache::mock
