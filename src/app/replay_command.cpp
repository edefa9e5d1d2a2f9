#include "app/replay_command.hpp"

#include <boost/json/serialize.hpp>
#include <fstream>
#include <iostream>

#include "app/descriptor_limit.hpp"
#include "app/replay_flags.hpp"
#include "replay/report.hpp"

namespace sidecache::app {
namespace {

/// "a.hgrm" -> "a.uncorrected.hgrm"
std::string uncorrected_name(const std::string& file) {
  const auto name = file.rfind('/') + 1;  // 0 without one
  const auto dot = file.rfind('.');
  if (dot == std::string::npos || dot <= name) return file + ".uncorrected";
  return file.substr(0, dot) + ".uncorrected" + file.substr(dot);
}

/// Files that the report goes to, opened before the run: a load must not have been for nothing.
class outputs {
 public:
  /// The name of one that can't be written; "" if all can.
  std::string open(const replay_flags& flags) {
    if (!flags.hdr_file().empty()) {
      corrected_.open(flags.hdr_file());
      if (!corrected_) return flags.hdr_file();
      uncorrected_.open(uncorrected_name(flags.hdr_file()));
      if (!uncorrected_) return uncorrected_name(flags.hdr_file());
    }
    if (!flags.json_file().empty()) json_.open(flags.json_file());
    return json_ ? "" : flags.json_file();
  }
  /// False if something could not be written.
  [[nodiscard]] bool write(const replay::subject& about, const replay::run_result& run, const replay::findings& found) {
    if (corrected_.is_open()) corrected_ << run.all.corrected.text() << std::flush;
    if (uncorrected_.is_open()) uncorrected_ << run.all.uncorrected.text() << std::flush;
    if (json_.is_open()) json_ << boost::json::serialize(replay::report_json(about, run, found)) << "\n" << std::flush;
    return corrected_ && uncorrected_ && json_;
  }

 private:
  std::ofstream corrected_;
  std::ofstream uncorrected_;
  std::ofstream json_;
};

exit_code complain(std::string_view why, exit_code code) {
  std::cerr << "sidecache: replay: " << why << "\n";
  return code;
}

class replay_command final : public command {
 public:
  explicit replay_command(CLI::App& root)
      : command(*root.add_subcommand("replay", "Load a target at a constant rate, and report its latencies")) {
    flags_.add_to(app_);
  }
  exit_code run() override {
    const auto plan = flags_.plan();
    if (!plan)
      return complain(plan.error().why,
                      plan.error().kind == replay::target_problem::usage ? exit_usage : exit_unavailable);
    outputs files;
    if (const auto unusable = files.open(flags_); !unusable.empty())
      return complain(unusable + ": can't be written", exit_usage);
    constexpr std::uint64_t others = 64;  // files, event loops, timers
    if (raise_descriptor_limit() < plan->settings.connections + others)
      return complain("flag --connections: more than this process may have open (ulimit -n)", exit_usage);
    return perform(*plan, files);
  }

 private:
  exit_code perform(const replay_plan& plan, outputs& files) {
    const auto run = replay::run(*plan.work, plan.to, plan.settings);
    if (!run) return complain(plan.to.text + ": " + run.error(), exit_unavailable);
    const auto found = replay::judge(*run, plan.wanted);
    const replay::subject about{.url = plan.to.text,
                                .plan = plan.described,
                                .rate = plan.work->rate(),
                                .length = plan.work->length(),
                                .settings = plan.settings,
                                .seed = plan.seed};
    std::cout << replay::report_text(about, *run, found) << std::flush;
    if (!files.write(about, *run, found)) return complain("the report could not be written to its files", exit_failed);
    return found.missed.empty() ? exit_ok : exit_failed;
  }

  replay_flags flags_;
};

}  // namespace

void add_replay_command(CLI::App& root, std::vector<std::unique_ptr<command>>& to) {
  to.push_back(std::make_unique<replay_command>(root));
}

}  // namespace sidecache::app
