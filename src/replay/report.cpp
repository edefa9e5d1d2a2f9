#include "replay/report.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <iterator>

#include "base/units.hpp"

namespace sidecache::replay {
namespace {

namespace json = boost::json;

struct level {
  std::string_view name;
  double percent;
};
constexpr std::array levels{level{"p50", 50},     level{"p90", 90},       level{"p99", 99},
                            level{"p99.9", 99.9}, level{"p99.99", 99.99}, level{"max", 100}};

double ms(duration time) { return std::chrono::duration<double, std::milli>(time).count(); }
double us(duration time) { return std::chrono::duration<double, std::micro>(time).count(); }

/// "a 3, b 4" of what is not 0.
class list {
 public:
  void add(std::string_view name, std::uint64_t count) {
    if (count > 0) text_.append(fmt::format("{}{} {}", text_.empty() ? "" : ", ", name, count));
  }
  [[nodiscard]] std::string text() const { return text_.empty() ? "none" : text_; }

 private:
  std::string text_;
};

std::string errors_by_kind(const tally& all) {
  list kinds;
  for (std::size_t i = 0; i < failure_names.size(); ++i) kinds.add(failure_names.at(i), all.failures.at(i));
  kinds.add("status 4xx", all.of_class(400));
  kinds.add("status 5xx", all.of_class(500));
  return kinds.text();
}

std::string statuses(const tally& all) {
  list found;
  for (const auto& [status, times] : all.statuses) found.add(fmt::format("{}:", status), times);
  return found.text();
}

std::string outcomes(const tally& all) {
  list found;
  for (std::size_t i = 0; i < cache_outcome_names.size(); ++i) found.add(cache_outcome_names.at(i), all.outcomes.at(i));
  return found.text();
}

std::string latency_table(const tally& all) {
  std::string out = fmt::format("  {:<11}{:>14}{:>14}\n", "latency", "corrected", "uncorrected");
  for (const level& each : levels)
    fmt::format_to(std::back_inserter(out), "    {:<9}{:>11.3f} ms{:>11.3f} ms\n", each.name,
                   ms(all.corrected.percentile(each.percent)), ms(all.uncorrected.percentile(each.percent)));
  fmt::format_to(std::back_inserter(out), "    {:<9}{:>11.3f} ms{:>11.3f} ms\n", "mean", ms(all.corrected.mean()),
                 ms(all.uncorrected.mean()));
  return out;
}

json::object latencies(const hdr_histogram& of) {
  json::object made;
  made["count"] = of.count();
  for (const level& each : levels) made[each.name] = ms(of.percentile(each.percent));
  made["mean"] = ms(of.mean());
  return made;
}

json::object asked_for(const subject& about) {
  return {{"url", about.url},
          {"plan", about.plan},
          {"rate", about.rate},
          {"length_s", ms(about.length) / 1000},
          {"warm_up_s", ms(about.settings.warm_up) / 1000},
          {"connections", about.settings.connections},
          {"threads", about.settings.threads},
          {"timeout_s", ms(about.settings.timeout) / 1000},
          {"seed", about.seed}};
}

json::object errors_json(const tally& all) {
  json::object made{{"total", all.errors()}, {"status_4xx", all.of_class(400)}, {"status_5xx", all.of_class(500)}};
  for (std::size_t i = 0; i < failure_names.size(); ++i) made[failure_names.at(i)] = all.failures.at(i);
  return made;
}

json::array sentences(const std::vector<std::string>& from) {
  json::array made;
  for (const std::string& each : from) made.emplace_back(each);
  return made;
}

}  // namespace

std::string report_text(const subject& about, const run_result& run, const findings& found) {
  const tally& all = run.all;
  std::string out;
  auto to = std::back_inserter(out);
  fmt::format_to(to, "{}\n  {}\n", about.url, about.plan);
  fmt::format_to(to, "  {} connections, {} threads; measured for {:.1f} s after a warm-up of {}\n\n",
                 about.settings.connections, about.settings.threads, ms(run.window) / 1000,
                 format_duration(about.settings.warm_up));
  fmt::format_to(to, "  {:<11}{:.1f}/s intended, {:.1f}/s achieved\n", "rate", found.intended, found.achieved);
  fmt::format_to(to, "  {:<11}{} due, {} sent, {} answered\n", "requests", all.due(), all.sent, all.answered);
  fmt::format_to(to, "  {:<11}{:.3f} %: {}\n", "errors", found.error_percent, errors_by_kind(all));
  fmt::format_to(to, "  {:<11}{}\n", "statuses", statuses(all));
  fmt::format_to(to, "  {:<11}{}\n", "cache", outcomes(all));
  if (found.hit_percent) fmt::format_to(to, "  {:<11}{:.2f} %\n", "hit ratio", *found.hit_percent);
  out.append("\n").append(latency_table(all)).append("\n");
  fmt::format_to(to, "  {:<11}lag p99 {:.3f} ms, max {:.3f} ms; {:.0f} % of a core, {:.1f} us of CPU a request\n",
                 "sender", ms(all.lag.percentile(99)), ms(all.lag.max()), 100 * run.busiest_thread,
                 us(found.cpu_a_request));
  for (const std::string& note : found.notes) fmt::format_to(to, "  note: {}\n", note);
  for (const std::string& missed : found.missed) fmt::format_to(to, "  failed: {}\n", missed);
  return out;
}

json::object report_json(const subject& about, const run_result& run, const findings& found) {
  const tally& all = run.all;
  json::object status_counts;
  for (const auto& [status, times] : all.statuses) status_counts[std::to_string(status)] = times;
  json::object outcome_counts;
  for (std::size_t i = 0; i < cache_outcome_names.size(); ++i)
    if (all.outcomes.at(i) > 0) outcome_counts[cache_outcome_names.at(i)] = all.outcomes.at(i);
  return {{"asked_for", asked_for(about)},
          {"measured_s", ms(run.window) / 1000},
          {"interrupted", run.interrupted},
          {"rate", {{"intended", found.intended}, {"achieved", found.achieved}, {"kept", found.kept}}},
          {"requests",
           {{"due", all.due()},
            {"sent", all.sent},
            {"answered", all.answered},
            {"waited", all.waited},
            {"longest_wait_ms", ms(all.longest_wait)},
            {"body_bytes", all.body_bytes}}},
          {"errors", errors_json(all)},
          {"error_percent", found.error_percent},
          {"statuses", std::move(status_counts)},
          {"cache", std::move(outcome_counts)},
          {"hit_percent", found.hit_percent ? json::value(*found.hit_percent) : json::value(nullptr)},
          {"latency_ms", {{"corrected", latencies(all.corrected)}, {"uncorrected", latencies(all.uncorrected)}}},
          {"sender",
           {{"lag_p99_ms", ms(all.lag.percentile(99))},
            {"lag_max_ms", ms(all.lag.max())},
            {"busiest_thread_percent", 100 * run.busiest_thread},
            {"cpu_us_a_request", us(found.cpu_a_request)},
            {"was_bottleneck", found.sender_was_bottleneck}}},
          {"notes", sentences(found.notes)},
          {"failed", sentences(found.missed)}};
}

}  // namespace sidecache::replay
