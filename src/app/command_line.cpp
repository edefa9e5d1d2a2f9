#include "app/command_line.hpp"

#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <memory>
#include <string>

#include "app/asking_commands.hpp"
#include "app/command.hpp"
#include "app/mock_flags.hpp"
#include "app/mock_load_flags.hpp"
#include "app/replay_command.hpp"
#include "app/run_service.hpp"
#include "app/version.hpp"
#include "config/edit_distance.hpp"
#include "config/load.hpp"
#include "config/settings_table.hpp"

namespace sidecache::app {
namespace {

class serve_command final : public command {
 public:
  /// `arguments`: all that the program was given.
  serve_command(CLI::App& root, std::vector<std::string> arguments)
      : command(*root.add_subcommand("serve", "Answer lookups from memory, pass everything else on")),
        arguments_(std::move(arguments)) {
    flags_.add_to(app_);
    app_.add_flag(std::string(supervise_flag), supervise_,
                  "Hold the sockets, and run the rest in a process that is started anew when it ends or at SIGUSR2");
    app_.add_option("--worker", worker_)->group("");  // hidden: a supervisor's own
  }
  exit_code run() override {
    if (const auto unknown = config::flags::unknown_flags(app_); !unknown.empty()) return refused(unknown);
    const config::sources sources = sources_of(flags_);
    config_source source(sources.file, [sources] { return config::load(sources); });
    auto settings = source.load();
    if (!settings) return refused(settings.error());
    if (supervise_) {
      std::erase(arguments_, supervise_flag);
      return serve_supervised(*settings, std::move(arguments_));
    }
    if (worker_.empty()) return serve(std::move(*settings), std::move(source));
    auto under = read_worker_flag(worker_);
    if (under) return serve(std::move(*settings), std::move(source), std::move(*under));
    std::cerr << under.error() << "\n";
    return exit_usage;
  }

 private:
  static constexpr std::string_view supervise_flag = "--supervise";
  std::vector<std::string> arguments_;
  config::flags flags_;
  bool supervise_ = false;
  std::string worker_;
};

/// What gateways ask, of the same mock and behind the same listener, below /albus. Its keys are no secrets.
void add_gateways_plane(config::loaded_settings& to, const std::string& upstream) {
  if (to.values.planes.size() != 1 || to.values.planes.front().kind != config::plane_kind::admin) return;
  auto more = config::load({.file = {},
                            .environment = {},
                            .flags = {{.key = "plane", .text = "data"},
                                      {.key = "prefix", .text = "/albus"},
                                      {.key = "allow_plaintext", .text = "true"},
                                      {.key = "sync.heal", .text = "true"},
                                      {.key = "upstream.url", .text = upstream}}});
  if (!more) return;  // the mock's URL is right, or the first plane would not be there
  config::plane_settings& gateways = more->values.planes.front();
  gateways.listen = to.values.planes.front().listen;
  to.values.planes.push_back(std::move(gateways));
  for (config::setting_in_effect& row : more->in_effect) {
    if (!config::is_of_a_plane(row.what->key)) continue;
    row.key = "planes[1]." + row.key;
    to.in_effect.push_back(std::move(row));
  }
}

class demo_command final : public command {
 public:
  explicit demo_command(CLI::App& root)
      : command(*root.add_subcommand("demo", "A mock control plane and sidecache in front of it, in one process")) {
    flags_.add_to(app_);
    mock::options slow;
    slow.latency = std::chrono::milliseconds{40};  // so that a hit can be felt
    mock_.add_to(app_, "--mock-listen", std::move(slow));
  }
  exit_code run() override {
    auto options = mock_.options();
    if (!options) {
      for (const std::string& error : options.error()) std::cerr << error << "\n";
      return exit_usage;
    }
    return serve_demo(*options, [this](const std::string& upstream) -> loaded {
      if (auto unknown = config::flags::unknown_flags(app_); !unknown.empty())
        return std::unexpected(std::move(unknown));
      auto values = flags_.values();
      std::erase_if(values,
                    [](const auto& value) { return value.key == "upstream.url" || value.key == "upstream.urls"; });
      values.push_back({.key = "upstream.url", .text = upstream});
      values.push_back({.key = "upstream.urls", .text = ""});
      auto settings = config::load(
          {.file = flags_.config_file(), .environment = config::process_environment(), .flags = std::move(values)});
      if (settings) add_gateways_plane(*settings, upstream);
      return settings;
    });
  }

 private:
  config::flags flags_;
  mock_flags mock_;
};

class mock_command final : public command {
 public:
  explicit mock_command(CLI::App& root)
      : command(*root.add_subcommand("mock", "A mock control plane alone, for tests and load")) {
    flags_.add_to(app_, "--listen", {});
    load_.add_to(app_);
  }
  exit_code run() override {
    auto options = flags_.options();
    mock::options unread;  // where the first flags are wrong, the others are still looked at
    auto errors = load_.apply(options ? *options : unread);
    if (!options) errors.insert(errors.begin(), options.error().begin(), options.error().end());
    if (errors.empty()) return serve_mock(*options, load_.bearing());
    for (const std::string& error : errors) std::cerr << error << "\n";
    return exit_usage;
  }

 private:
  mock_flags flags_;
  mock_load_flags load_;
};

class check_command final : public command {
 public:
  explicit check_command(CLI::App& root)
      : command(*root.add_subcommand("check", "Say what is wrong with a configuration, without starting")) {
    app_.add_option("FILE", file_, "The config file")->required();
  }
  exit_code run() override {
    const auto settings = config::load({.file = file_, .environment = config::process_environment(), .flags = {}});
    if (!settings) return refused(settings.error());
    std::cout << file_ << ": ok\n";
    return exit_ok;
  }

 private:
  std::string file_;
};

class version_command final : public command {
 public:
  explicit version_command(CLI::App& root) : command(*root.add_subcommand("version", "Print the version")) {}
  exit_code run() override {
    std::cout << "sidecache " << version << "\n";
    return exit_ok;
  }
};

/// CLI11 says of a mistyped subcommand only that one is required.
bool names_unknown_subcommand(const CLI::App& root, int argc, char** argv) {
  if (argc < 2 || argv[1][0] == '-') return false;
  const std::string given = argv[1];
  std::vector<std::string> known;
  for (const CLI::App* each : root.get_subcommands({})) known.push_back(each->get_name());
  if (std::ranges::find(known, given) != known.end()) return false;
  const std::string closest = config::closest_name(given, known, ' ');
  std::cerr << "sidecache: unknown subcommand " << config::in_quotes(given);
  if (!closest.empty()) std::cerr << "; did you mean " << closest << "?";
  std::cerr << "\nRun sidecache --help for the list.\n";
  return true;
}

exit_code parse_and_run(int argc, char** argv) {
  CLI::App root("A caching sidecar in front of Portkey's control plane.", "sidecache");
  root.require_subcommand(1);
  std::vector<std::unique_ptr<command>> commands;
  commands.push_back(std::make_unique<serve_command>(root, std::vector<std::string>(argv + 1, argv + argc)));
  commands.push_back(std::make_unique<demo_command>(root));
  commands.push_back(std::make_unique<mock_command>(root));
  commands.push_back(std::make_unique<check_command>(root));
  add_asking_commands(root, commands);
  add_replay_command(root, commands);
  commands.push_back(std::make_unique<version_command>(root));
  if (names_unknown_subcommand(root, argc, argv)) return exit_usage;
  try {
    root.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return root.exit(error) == 0 ? exit_ok : exit_usage;  // --help is a "parse error" that ends well
  }
  for (const auto& each : commands)
    if (each->chosen()) return each->run();
  return exit_usage;
}

}  // namespace

int run(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "sidecache: " << error.what() << "\n";
    return exit_software;
  }
}

}  // namespace sidecache::app
