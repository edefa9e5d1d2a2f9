// What goes wrong when, in a run of `sidecache mock`: a YAML list -> the mock's faults. All of it is checked, and every
// error has its line, before anything listens.
//
//   - { at: 30s..90s, kind: brownout, share: 0.3, status: 503, retry_after: 2, latency: 400ms }
//   - { at: 2m.., kind: reset, share: 0.01, path: /integrations/ }
//
// `at` counts from the start of the run; without an end it lasts as long as the run. Every kind takes `at`, `share` of
// the requests (1; a brownout's errors 0.5), and `path`, a part of the target's.
//   brownout  `status` (503), `retry_after` (seconds) for that share; `latency` (500ms) for all
//   error     `status` (500), `retry_after`
//   throttle  429, `retry_after` (1)
//   reset     the connection closes with no answer
//   cut       it closes after `bytes` (half) of the body
//   trickle   the body comes at `bytes_per_second` (1000)
//   latency   `latency` (100ms), and up to `jitter` more
// Pure.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "config/config_error.hpp"
#include "mock/fault.hpp"

namespace sidecache::app {

/// `name` stands in the errors.
[[nodiscard]] std::expected<std::vector<mock::fault>, std::vector<config::config_error>> read_timeline(
    const std::string& name, const std::string& text);

}  // namespace sidecache::app
