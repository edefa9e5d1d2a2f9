#include "app/asking_commands.hpp"

#include <iostream>
#include <string>

#include "app/coverage_command.hpp"
#include "app/drill_command.hpp"
#include "app/health_check.hpp"
#include "app/purge_command.hpp"
#include "app/shadow_report_command.hpp"
#include "base/units.hpp"

namespace sidecache::app {
namespace {

/// Takes the settings that tell where the other one listens, and --timeout.
class asking_command : public command {
 public:
  asking_command(CLI::App& app, std::string timeout) : command(app), timeout_(std::move(timeout)) {
    flags_.add_to(app_);
    app_.add_option("--timeout", timeout_, "How long to wait for its answer")->type_name("DURATION");
  }
  exit_code run() final {
    const auto timeout = parse_duration(timeout_);
    if (!timeout) {
      std::cerr << "flag --timeout: " << timeout.error() << "\n";
      return exit_usage;
    }
    const auto settings = load_for(app_, flags_);
    return settings ? ask(settings->values, *timeout) : refused(settings.error());
  }

 protected:
  [[nodiscard]] virtual exit_code ask(const config::settings& settings, duration timeout) = 0;

 private:
  config::flags flags_;
  std::string timeout_;
};

class health_command final : public asking_command {
 public:
  explicit health_command(CLI::App& root)
      : asking_command(*root.add_subcommand("health", "Ask a running sidecache whether it is ready: exit code 0 or 1"),
                       "2s") {}

 protected:
  exit_code ask(const config::settings& settings, duration timeout) override { return check_health(settings, timeout); }
};

class purge_command final : public asking_command {
 public:
  explicit purge_command(CLI::App& root)
      : asking_command(
            *root.add_subcommand("purge", "Drop entries of a running sidecache: all that is named must hold"), "10s") {
    app_.add_flag("--all", what_.all, "Everything");
    app_.add_option("--only-plane", what_.plane, "Of several planes the one of that name");  // --plane is a setting
    app_.add_option("--kind", what_.kind, "integration, virtual-key or provider");
    app_.add_option("--slug", what_.slug, "Records by their slug");
    app_.add_option("--uuid", what_.uuid, "Records by their UUID");
    app_.add_option("--integration", what_.integration, "An integration with its providers and virtual keys");
    app_.add_option("--workspace", what_.workspace, "What belongs to a workspace, or does not say to which");
    app_.add_option("--credential-file", what_.credential_file,
                    "What one credential sees: a file with its header lines");
    app_.add_flag("--soft", what_.soft, "Keep it, to be revalidated before use, and stale in an outage");
  }

 protected:
  exit_code ask(const config::settings& settings, duration timeout) override { return purge(settings, what_, timeout); }

 private:
  purge_options what_;
};

class coverage_command final : public asking_command {
 public:
  explicit coverage_command(CLI::App& root)
      : asking_command(
            *root.add_subcommand("coverage", "What a running sidecache could serve if the control plane went now"),
            "10s") {}

 protected:
  exit_code ask(const config::settings& settings, duration timeout) override {
    return show_coverage(settings, timeout);
  }
};

class shadow_report_command final : public asking_command {
 public:
  explicit shadow_report_command(CLI::App& root)
      : asking_command(*root.add_subcommand("shadow-report",
                                            "What memory would have answered while mode was shadow: exit code 0 if "
                                            "nothing of it was wrong, 65 if something was, 1 if nothing was compared"),
                       "10s") {
    app_.add_option("--format", format_, "text or json")->check(CLI::IsMember({"text", "json"}))->capture_default_str();
  }

 protected:
  exit_code ask(const config::settings& settings, duration timeout) override {
    return show_shadow(settings, format_ == "json", timeout);
  }

 private:
  std::string format_ = "text";
};

class drill_command final : public asking_command {
 public:
  explicit drill_command(CLI::App& root)
      : asking_command(*root.add_subcommand("drill",
                                            "Play to lookups of a running sidecache that the control plane is "
                                            "gone, and report what failed"),
                       "10s") {
    app_.add_option("--for", what_.length, "How long: at most 1h; 0s ends the one that is on")
        ->type_name("DURATION")
        ->required();
    app_.add_flag("--no-wait", what_.no_wait, "Begin it, and leave its report to GET /api/drill");
  }

 protected:
  exit_code ask(const config::settings& settings, duration timeout) override { return drill(settings, what_, timeout); }

 private:
  drill_options what_;
};

}  // namespace

void add_asking_commands(CLI::App& root, std::vector<std::unique_ptr<command>>& to) {
  to.push_back(std::make_unique<purge_command>(root));
  to.push_back(std::make_unique<coverage_command>(root));
  to.push_back(std::make_unique<shadow_report_command>(root));
  to.push_back(std::make_unique<drill_command>(root));
  to.push_back(std::make_unique<health_command>(root));
}

}  // namespace sidecache::app
