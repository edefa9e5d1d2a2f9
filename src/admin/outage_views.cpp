#include "admin/outage_views.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "admin/shown_ident.hpp"
#include "admin/utc_text.hpp"
#include "base/units.hpp"

namespace sidecache::admin {
namespace {

namespace json = boost::json;

std::int64_t whole_seconds(duration d) { return std::chrono::floor<std::chrono::seconds>(d).count(); }

json::value or_null(std::optional<duration> d) { return d ? json::value(whole_seconds(*d)) : json::value(nullptr); }

void add_up(const proxy::coverage& one, proxy::coverage& sum) {
  sum.asked += one.asked;
  sum.covered += one.covered;
  for (std::size_t i = 0; i < one.left.size(); ++i) sum.left[i] += one.left[i];
  if (one.first_lost) sum.first_lost = std::min(sum.first_lost.value_or(*one.first_lost), *one.first_lost);
  if (one.last_lost) sum.last_lost = std::max(sum.last_lost.value_or(*one.last_lost), *one.last_lost);
}

}  // namespace

json::object json_of(const proxy::coverage& found) {
  json::array after;
  for (std::size_t i = 0; i < found.left.size(); ++i)
    after.push_back({{"seconds", whole_seconds(proxy::coverage::steps[i])}, {"covered", found.left[i]}});
  json::value ratio(nullptr);
  if (found.asked > 0) ratio = static_cast<double>(found.covered) / static_cast<double>(found.asked);
  return {{"asked", found.asked},
          {"covered", found.covered},
          {"ratio", std::move(ratio)},
          {"first_lost_seconds", or_null(found.first_lost)},
          {"last_lost_seconds", or_null(found.last_lost)},
          {"covered_after", std::move(after)}};
}

json::object json_of(const std::vector<plane_coverage>& planes) {
  proxy::coverage sum;
  for (const auto& [name, found] : planes) add_up(found, sum);
  json::object made = json_of(sum);
  if (planes.size() == 1) return made;
  json::object each;
  for (const auto& [name, found] : planes) each[name] = json_of(found);
  made["planes"] = std::move(each);
  return made;
}

json::object json_of(const std::vector<stale_row>& rows, std::size_t total, std::size_t limit) {
  json::array records;
  for (const stale_row& row : rows)
    records.push_back({{"family", row.family},
                       {"ident", shown_ident(row.ident)},
                       {"workspace_id", shown_ident(row.workspace)},
                       {"organisation_id", shown_ident(row.organisation)},
                       {"first", utc_text(row.first)},
                       {"last", utc_text(row.last)},
                       {"times", row.times}});
  return {{"total", total}, {"limit", limit}, {"records", std::move(records)}};
}

json::object json_of(const proxy::drill_report& report) {
  json::array records;
  for (const auto& [which, times] : report.failed_records)
    records.push_back(
        {{"route", http::to_string(which.first)}, {"ident", shown_ident(which.second)}, {"times", times}});
  return {{"active", report.left > duration{}},
          {"left_seconds", std::chrono::ceil<std::chrono::seconds>(report.left).count()},
          {"length_seconds", whole_seconds(report.length)},
          {"stood_in", report.stood_in},
          {"failed", report.failed},
          {"failed_records", std::move(records)},
          {"failed_elsewhere", report.failed_elsewhere}};
}

std::expected<duration, std::string> parse_drill_request(std::string_view body) {
  const std::string expected = R"({"for": "5m"}, of at most )" + format_duration(proxy::drill::longest) +
                               R"(, or {"for": "0s"} to end the one that is on)";
  json::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object() || parsed.get_object().size() != 1) return std::unexpected(expected);
  const json::value* text = parsed.get_object().if_contains("for");
  if (text == nullptr || !text->is_string()) return std::unexpected(expected);
  const auto length = parse_duration(std::string_view(text->get_string()));
  if (!length || *length < duration{} || *length > proxy::drill::longest) return std::unexpected(expected);
  return *length;
}

}  // namespace sidecache::admin
