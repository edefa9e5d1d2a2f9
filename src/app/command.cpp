#include "app/command.hpp"

#include <iostream>

namespace sidecache::app {

exit_code refused(const std::vector<config::config_error>& errors) {
  std::cerr << config::format_errors(errors) << std::flush;
  return exit_usage;
}

loaded load_for(const CLI::App& command, const config::flags& flags) {
  if (auto unknown = config::flags::unknown_flags(command); !unknown.empty())
    return std::unexpected(std::move(unknown));
  return config::load(
      {.file = flags.config_file(), .environment = config::process_environment(), .flags = flags.values()});
}

}  // namespace sidecache::app
