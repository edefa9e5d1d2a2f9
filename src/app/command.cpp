#include "app/command.hpp"

#include <iostream>

namespace sidecache::app {

exit_code refused(const std::vector<config::config_error>& errors) {
  std::cerr << config::format_errors(errors) << std::flush;
  return exit_usage;
}

config::sources sources_of(const config::flags& flags) {
  config::sources made{
      .file = flags.config_file(), .environment = config::process_environment(), .flags = flags.values()};
  if (!made.file) made.file = config::config_file_of(made.environment);
  return made;
}

loaded load_for(const CLI::App& command, const config::flags& flags) {
  if (auto unknown = config::flags::unknown_flags(command); !unknown.empty())
    return std::unexpected(std::move(unknown));
  return config::load(sources_of(flags));
}

}  // namespace sidecache::app
