// Budgets as they are used up: a counter, a limit, and the status that follows from them.
//
// The counter is the record's `reset_usage`, what was used since the last reset; the limit is the `credit_limit` of its
// usage limits, in any of their shapes. For virtual keys, providers and API keys. Pure.
#pragma once

#include "base/clock.hpp"
#include "mock/store.hpp"

namespace sidecache::mock {

/// So much more was used; at the limit the record is exhausted.
void add_usage(record& one, double used);
/// Exhausts a record whose counter was set, if it has reached the limit.
void follow_usage(record& one);
/// Active again, and nothing used yet.
void reset_usage(record& one, wall_time now);

}  // namespace sidecache::mock
