// A subcommand and what its flags are read into; run() after the parse.
#pragma once

#include <CLI/CLI.hpp>
#include <expected>
#include <vector>

#include "app/exit_code.hpp"
#include "config/load.hpp"

namespace sidecache::app {

class command {
 public:
  explicit command(CLI::App& app) : app_(app) {}
  command(const command&) = delete;
  command& operator=(const command&) = delete;
  virtual ~command() = default;
  [[nodiscard]] bool chosen() const { return app_.parsed(); }
  [[nodiscard]] virtual exit_code run() = 0;

 protected:
  CLI::App& app_;
};

using loaded = std::expected<config::loaded_settings, std::vector<config::config_error>>;

/// Where they are read from. Before threads start.
[[nodiscard]] config::sources sources_of(const config::flags& flags);

/// The settings that a subcommand's flags, the environment and the file make.
[[nodiscard]] loaded load_for(const CLI::App& command, const config::flags& flags);

/// Says what is wrong with them.
exit_code refused(const std::vector<config::config_error>& errors);

}  // namespace sidecache::app
