#include "metrics/access_log.hpp"

#include <fmt/format.h>

#include <concepts>
#include <iterator>

#include "base/text.hpp"
#include "http/head_block.hpp"
#include "http/trace_context.hpp"
#include "metrics/access_fields.hpp"
#include "metrics/escaped_text.hpp"

namespace sidecache::metrics {
namespace {

constexpr std::size_t longest_path = 512;
constexpr std::size_t longest_method = 32;
constexpr std::size_t longest_request_id = 128;

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

/// What a line has of the request's own fields, and of those that it was given on its way up; views into them.
struct told {
  http::credential_view who;
  std::string_view request_id;
  std::string_view traceparent;
  std::string_view made_trace_id;

  void take(std::string_view name, std::string_view value) {
    if (request_id.empty() && equal_ignoring_case(name, "x-request-id")) request_id = value;
    if (traceparent.empty() && equal_ignoring_case(name, "traceparent")) traceparent = value;
  }
};

told told_by(const proxy::finished_request& request) {
  told found;
  if (request.fields != nullptr) {
    found.who = http::credential_of(*request.fields);
    for (const auto& [name, value] : *request.fields) found.take(name, value);
    if (request.made == nullptr) return found;
    if (found.request_id.empty()) found.request_id = request.made->request_id();
    found.made_trace_id = request.made->trace_id();
    return found;
  }
  http::for_each_field(request.block, [&](std::string_view name, std::string_view value) {
    if (equal_ignoring_case(name, "authorization")) found.who.authorization = value;
    if (equal_ignoring_case(name, "x-portkey-api-key")) found.who.api_key = value;
    found.take(name, value);
  });
  // A handler recognises no block with any other state than this (proxy_handler::recognise).
  const bool any = !found.who.authorization.empty() || !found.who.api_key.empty();
  if (any) found.who.state = http::credential_state::present;
  return found;
}

/// Appends `name=value` or `"name":value`, by the format, with what separates them from those before.
class member_writer {
 public:
  member_writer(std::string& to, log_format format) : to_(to), json_(format == log_format::json) {}

  /// Bytes that others chose.
  void quoted(access_field which, std::string_view text) {
    name(which);
    json_ ? append_json_string(to_, text) : append_quoted(to_, text);
  }
  /// One of our own names, or hexadecimal digits: nothing in it need be escaped.
  void word(access_field which, std::string_view text) {
    name(which);
    to_.append(json_ ? "\"" : "").append(text).append(json_ ? "\"" : "");
  }
  template <std::integral Number>
  void number(access_field which, Number value) {
    name(which);
    fmt::format_to(std::back_inserter(to_), "{}", value);
  }

 private:
  void name(access_field which) {
    if (!to_.empty()) to_.push_back(json_ ? ',' : ' ');
    to_.append(json_ ? "\"" : "").append(name_of(which)).append(json_ ? "\":" : "=");
  }

  std::string& to_;
  bool json_;
};

}  // namespace

std::string_view path_to_log(std::string_view target, std::string& scratch) {
  target = target.substr(0, target.find_first_of("?#"));
  if (!target.starts_with('/') && target != "*") {
    const auto scheme_end = target.find("://");
    const auto path = scheme_end == std::string_view::npos ? scheme_end : target.find('/', scheme_end + 3);
    if (path == std::string_view::npos) return "-";  // an authority alone, or nothing that a request may name
    target.remove_prefix(path);
  }
  if (target.size() <= longest_path) return target;
  return scratch.assign(target.substr(0, longest_path)).append("...");
}

access_log::access_log(proxy::observer& counters, log& lines, access_settings settings, access_source source)
    : counters_(counters), lines_(lines), source_(std::move(source)), one_in_(one_in(settings)) {}

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
  using enum access_field;
  line_.clear();
  member_writer to(line_, lines_.format());
  to.quoted(method, request.method.substr(0, longest_method));
  to.quoted(path, path_to_log(request.target, path_));
  to.word(route, http::to_string(request.report.route));
  to.word(outcome, to_string(request.report.outcome));
  to.number(status, request.status);
  to.number(bytes, request.bytes_sent);
  to.number(duration_us, std::chrono::duration_cast<std::chrono::microseconds>(request.took).count());
  if (const auto age = request.report.stale_age; age > duration{})
    to.number(stale_age_s, std::chrono::floor<std::chrono::seconds>(age).count());
  to.quoted(plane, source_.plane);
  const told said = told_by(request);
  if (source_.fingerprint && said.who.state == http::credential_state::present)
    to.word(credential, source_.fingerprint(said.who));
  if (!said.request_id.empty()) to.quoted(request_id, said.request_id.substr(0, longest_request_id));
  const auto trace = said.made_trace_id.empty() ? http::trace_id_of(said.traceparent) : said.made_trace_id;
  if (!trace.empty()) to.word(trace_id, trace);
  lines_.access().log(spdlog::level::info, spdlog::string_view_t(line_.data(), line_.size()));
}

}  // namespace sidecache::metrics
