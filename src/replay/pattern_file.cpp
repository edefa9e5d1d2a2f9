#include "replay/pattern_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <fstream>
#include <optional>

#include "http/field_line.hpp"
#include "records/date_time.hpp"
#include "replay/request_frame.hpp"

namespace sidecache::replay {
namespace {

namespace json = boost::json;
/// Nothing: a line that is not to be replayed.
using line_result = std::expected<std::optional<recorded_request>, std::string>;
using checked = std::expected<void, std::string>;

constexpr double ns_in_ms = 1e6;
constexpr double most_ms = 1e12;  // 31 years: in nanoseconds it still fits

std::string_view text_of(const json::value& value) { return value.get_string(); }

checked read_time(const json::value& value, recorded_request& into) {
  json::error_code wrong;
  const double ms = value.is_number() ? value.to_number<double>(wrong) : -1;
  if (!(ms >= 0 && ms < most_ms)) return std::unexpected("expected at_ms to be milliseconds from 0");
  into.at = duration(std::llround(ms * ns_in_ms));
  return {};
}

checked read_method(const json::value& value, recorded_request& into) {
  if (!value.is_string() || !http::is_token(text_of(value)) || text_of(value) == "CONNECT")
    return std::unexpected("expected method to be a string such as \"GET\"");
  into.method = text_of(value);
  return {};
}

checked read_target(const json::value& value, recorded_request& into) {
  if (!value.is_string() || !text_of(value).starts_with('/') || !http::is_target_text(text_of(value)))
    return std::unexpected("expected target to be a string that begins with / and has no white space");
  into.target = text_of(value);
  return {};
}

checked read_credential(const json::value& value, std::size_t credentials, recorded_request& into) {
  if (value.is_null()) {
    into.credential = no_credential;
    return {};
  }
  json::error_code wrong;
  const auto place = value.is_number() ? value.to_number<std::int64_t>(wrong) : -1;
  if (wrong || place < 0 || static_cast<std::size_t>(place) >= credentials)
    return std::unexpected(fmt::format(
        "expected credential to be null or a place in the credential file, which has {} from 0", credentials));
  into.credential = static_cast<std::uint32_t>(place);
  return {};
}

checked read_headers(const json::value& value, recorded_request& into) {
  if (!value.is_object()) return std::unexpected("expected headers to be an object of strings");
  for (const auto& [name, text] : value.get_object()) {
    if (!text.is_string()) return std::unexpected("expected headers to be an object of strings");
    auto line = header_line(name, text_of(text));
    if (!line) return std::unexpected("headers: " + line.error());
    into.header_lines.append(*line);
  }
  return {};
}

checked read_body(const json::value& value, recorded_request& into) {
  if (!value.is_string()) return std::unexpected("expected body to be a string");
  into.body = text_of(value);
  into.header_lines.append(fmt::format("Content-Length: {}\r\n", into.body.size()));
  return {};
}

line_result read_own(const json::object& line, std::size_t credentials) {
  recorded_request made;
  for (const auto& [key, value] : line) {
    checked read = std::unexpected(fmt::format("found {}; expected at_ms, method, target, credential, headers and body",
                                               json::serialize(json::value(key))));
    if (key == "at_ms") read = read_time(value, made);
    if (key == "method") read = read_method(value, made);
    if (key == "target") read = read_target(value, made);
    if (key == "credential") read = read_credential(value, credentials, made);
    if (key == "headers") read = read_headers(value, made);
    if (key == "body") read = read_body(value, made);
    if (!read) return std::unexpected(std::move(read.error()));
  }
  if (made.target.empty()) return std::unexpected("expected a target");
  return made;
}

line_result read_logged(const json::object& line) {
  const json::value* message = line.if_contains("message");
  if (message != nullptr && *message != "request") return std::nullopt;
  const json::value* target = line.if_contains("target");
  if (target == nullptr) target = line.if_contains("path");
  const json::value* time = line.if_contains("time");
  recorded_request made;
  if (const json::value* method = line.if_contains("method"))
    if (auto read = read_method(*method, made); !read) return std::unexpected(std::move(read.error()));
  if (made.method != "GET" && made.method != "HEAD") return std::nullopt;
  if (target == nullptr) return std::unexpected("expected a target or a path");
  if (target->is_string() && !text_of(*target).starts_with('/')) return std::nullopt;  // "-": nothing that was asked
  const auto at = time->is_string() ? records::parse_date_time(text_of(*time)) : std::nullopt;
  if (!at) return std::unexpected("expected time to be a date such as \"2026-01-31T12:00:00.000Z\"");
  if (auto read = read_target(*target, made); !read) return std::unexpected(std::move(read.error()));
  made.at = at->time_since_epoch();
  return made;
}

line_result read_line(std::string_view text, std::size_t credentials) {
  json::error_code wrong;
  const json::value parsed = json::parse(text, wrong);
  if (wrong || !parsed.is_object()) return std::unexpected("expected one JSON object a line");
  const json::object& line = parsed.get_object();
  if (line.contains("at_ms")) return read_own(line, credentials);
  if (line.contains("time")) return read_logged(line);
  return std::unexpected("expected at_ms and target, or time and path as an access log has them");
}

}  // namespace

std::expected<pattern, std::string> parse_pattern(std::istream& lines, std::string_view where,
                                                  std::size_t credentials) {
  pattern made;
  std::string line;
  for (std::size_t number = 1; std::getline(lines, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto read = read_line(line, credentials);
    if (!read) return std::unexpected(fmt::format("{}:{}: {}", where, number, read.error()));
    std::optional<recorded_request> found = std::move(*read);
    if (!found) {
      ++made.passed_over;
      continue;
    }
    if (made.requests.size() == most_pattern_lines)
      return std::unexpected(fmt::format("{}:{}: expected at most {} requests", where, number, most_pattern_lines));
    found->line = number;
    made.requests.push_back(std::move(*found));
  }
  if (made.requests.empty()) return std::unexpected(fmt::format("{}: expected at least one request", where));
  // Several threads write one log. Of one moment the file's order counts.
  std::ranges::sort(made.requests, {}, [](const recorded_request& each) { return std::pair(each.at, each.line); });
  const duration first = made.requests.front().at;
  for (recorded_request& each : made.requests) each.at -= first;
  return made;
}

std::expected<pattern, std::string> read_pattern(const std::string& file, std::size_t credentials) {
  std::ifstream in(file);
  if (!in) return std::unexpected(file + ": can't be read");
  return parse_pattern(in, file, credentials);
}

}  // namespace sidecache::replay
