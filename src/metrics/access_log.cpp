#include "metrics/access_log.hpp"

#include <fmt/format.h>

#include <iterator>

#include "metrics/escaped_text.hpp"

namespace sidecache::metrics {
namespace {

constexpr std::size_t longest_path = 512;
constexpr std::size_t longest_method = 32;

std::uint32_t one_in(access_settings settings) {
  switch (settings.mode) {
    case access_mode::off:
      return 0;
    case access_mode::sampled:
      return std::max(settings.one_in, 1U);
    case access_mode::all:
      return 1;
  }
  return 0;
}

}  // namespace

std::string path_to_log(std::string_view target) {
  target = target.substr(0, target.find_first_of("?#"));
  if (!target.starts_with('/') && target != "*") {
    const auto scheme_end = target.find("://");
    const auto path = scheme_end == std::string_view::npos ? scheme_end : target.find('/', scheme_end + 3);
    if (path == std::string_view::npos) return "-";  // an authority alone, or nothing that a request may name
    target.remove_prefix(path);
  }
  std::string kept(target.substr(0, longest_path));
  if (target.size() > longest_path) kept.append("...");
  return kept;
}

access_log::access_log(proxy::observer& counters, log& lines, access_settings settings)
    : counters_(counters), lines_(lines), one_in_(one_in(settings)) {}

void access_log::change(access_settings settings) {
  one_in_ = one_in(settings);
  left_ = 1;
}

void access_log::finished(const proxy::finished_request& request) {
  counters_.finished(request);
  if (one_in_ == 0 || --left_ != 0) return;
  left_ = one_in_;
  write(request);
}

void access_log::write(const proxy::finished_request& request) {
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(request.took).count();
  const auto method = request.method.substr(0, longest_method);
  const auto path = path_to_log(request.target);
  const auto route = http::to_string(request.report.route);
  const auto outcome = to_string(request.report.outcome);
  line_.clear();
  if (lines_.format() == log_format::json) {
    line_.append(R"("method":)");
    append_json_string(line_, method);
    line_.append(R"(,"path":)");
    append_json_string(line_, path);
    fmt::format_to(std::back_inserter(line_), R"(,"route":"{}","outcome":"{}","status":{},"bytes":{},"duration_us":{})",
                   route, outcome, request.status, request.bytes_sent, us);
  } else {
    line_.append("method=");
    append_quoted(line_, method);
    line_.append(" path=");
    append_quoted(line_, path);
    fmt::format_to(std::back_inserter(line_), " route={} outcome={} status={} bytes={} duration_us={}", route, outcome,
                   request.status, request.bytes_sent, us);
  }
  if (const auto age = request.report.stale_age; age > duration{}) {
    line_.append(lines_.format() == log_format::json ? R"(,"stale_age_s":)" : " stale_age_s=");
    fmt::format_to(std::back_inserter(line_), "{}", std::chrono::floor<std::chrono::seconds>(age).count());
  }
  lines_.access().log(spdlog::level::info, spdlog::string_view_t(line_.data(), line_.size()));
}

}  // namespace sidecache::metrics
