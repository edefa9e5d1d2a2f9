// The flags of `sidecache replay`, as text until they are read.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "replay/findings.hpp"
#include "replay/request_frame.hpp"
#include "replay/run.hpp"
#include "replay/target.hpp"
#include "replay/workload.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;       // NOLINT(readability-identifier-naming)
}  // namespace CLI

namespace sidecache::app {

/// What the flags say, read; the files they name are read with them.
struct replay_plan {
  std::unique_ptr<replay::workload> work;
  replay::target to;
  replay::run_settings settings;
  replay::gates wanted;
  std::string described;  ///< the plan, for the report
  std::uint64_t seed = 1;
};

class replay_flags {
 public:
  replay_flags() = default;
  replay_flags(const replay_flags&) = delete;
  replay_flags& operator=(const replay_flags&) = delete;

  void add_to(CLI::App& command);
  /// After the parse. The errors name the flag and what was expected.
  [[nodiscard]] std::expected<replay_plan, replay::target_error> plan() const;

  [[nodiscard]] const std::string& hdr_file() const { return hdr_; }
  [[nodiscard]] const std::string& json_file() const { return json_; }

 private:
  using problem = replay::target_error;
  template <class Read>
  using result = std::expected<Read, problem>;

  void add_load(CLI::App& command);
  void add_requests(CLI::App& command);
  void add_report(CLI::App& command);

  [[nodiscard]] result<replay::run_settings> settings() const;
  [[nodiscard]] result<replay::gates> wanted() const;
  [[nodiscard]] result<std::string> header_lines() const;
  [[nodiscard]] result<replay::request_frame> frame() const;
  /// `length`: with the warm-up.
  [[nodiscard]] result<void> make_generated(replay_plan& into, duration length, replay::request_frame frame) const;
  [[nodiscard]] result<void> make_recorded(replay_plan& into, std::optional<duration> length,
                                           replay::request_frame frame) const;

  std::string url_ = "http://127.0.0.1:9400";
  std::optional<double> rate_;
  std::string duration_;
  std::size_t connections_ = 64;
  unsigned threads_ = 1;
  std::string warm_up_;
  std::string timeout_ = "10s";
  std::string ca_file_;
  bool insecure_ = false;

  std::uint64_t records_ = 0;
  double zipf_ = 0.99;
  std::string slug_format_;
  std::string slug_file_;
  std::string path_ = "/v1/providers/{slug}";
  std::string credential_file_;
  std::string arrivals_ = "constant";
  std::uint64_t seed_ = 1;
  std::vector<std::string> headers_;
  std::string pattern_;

  std::string hdr_;
  std::string json_;
  bool progress_ = false;
  std::optional<double> most_errors_;
  std::string most_p99_;
  std::optional<double> least_hits_;
};

}  // namespace sidecache::app
