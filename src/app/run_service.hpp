// `serve` and `demo`: a service from its start to its end by SIGTERM or SIGINT.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/config_source.hpp"
#include "app/exit_code.hpp"
#include "app/mock_service.hpp"
#include "app/worker_process.hpp"
#include "config/load.hpp"
#include "mock/options.hpp"

namespace sidecache::app {

/// Prints `listening: NAME WHERE` on standard output for each address, flushed, once all are bound; under a supervisor
/// that is the supervisor's to say. `from`: where the settings come from, to be read again when they have changed.
[[nodiscard]] exit_code serve(config::loaded_settings settings, config_source from,
                              std::optional<supervised_worker> under = {});

/// The supervisor of such workers; see app/supervisor.hpp. `arguments`: what they are started with.
[[nodiscard]] exit_code serve_supervised(const config::loaded_settings& settings, std::vector<std::string> arguments);

/// A mock control plane alone, till a signal. Says at its end what it counted, and whether it kept up.
[[nodiscard]] exit_code serve_mock(const mock::options& options, const mock_bearing& by);

/// Both in one process, the service asking the mock, and what to try on standard output. `settings` are made by
/// `load(upstream)` once it is known where the mock listens.
using load_with_upstream = std::function<std::expected<config::loaded_settings, std::vector<config::config_error>>(
    const std::string& upstream)>;
[[nodiscard]] exit_code serve_demo(const mock::options& options, const load_with_upstream& load);

}  // namespace sidecache::app
