#include "admin/admin_handler.hpp"

#include <simdjson.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>

#include "admin/stats.hpp"
#include "admin/status_page.hpp"
#include "metrics/escaped_text.hpp"

namespace sidecache::admin {
namespace {

constexpr std::size_t default_entries = 100;
constexpr std::size_t most_entries = 1000;
constexpr std::size_t longest_ident = 256;
/// Figures are of this moment and of this origin's own page only.
constexpr std::string_view private_fields =
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n";

proxy::answer json(const boost::json::value& body) {
  return proxy::make_answer(200, "application/json", boost::json::serialize(body), private_fields);
}

proxy::answer refused(unsigned status, std::string_view code, std::string_view message, http::method method) {
  auto answer = proxy::make_error(status, code, message, method);
  answer.report.outcome = outcome::rejected;
  return answer;
}

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

/// An ident is what a client put in a target, percent-decoded: any bytes. JSON takes valid UTF-8 only.
std::string shown(std::string_view ident) {
  const bool cut = ident.size() > longest_ident;
  ident = ident.substr(0, longest_ident);
  std::string made;
  if (simdjson::validate_utf8(ident.data(), ident.size())) {
    made = ident;
  } else {
    metrics::append_one_line(made, ident);
  }
  return cut ? made + "..." : made;
}

/// The value of `limit` in the target's query; the default without one, nothing if it is none.
std::optional<std::size_t> limit_of(std::string_view target) {
  const auto mark = target.find('?');
  std::size_t limit = default_entries;
  if (mark == std::string_view::npos) return limit;
  for (auto rest = target.substr(mark + 1); !rest.empty();) {
    const auto parameter = rest.substr(0, rest.find('&'));
    rest.remove_prefix(std::min(rest.size(), parameter.size() + 1));
    if (!parameter.starts_with("limit=")) continue;
    const auto digits = parameter.substr(6);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), limit);
    if (error != std::errc{} || end != digits.data() + digits.size() || limit == 0 || limit > most_entries) {
      return std::nullopt;
    }
  }
  return limit;
}

}  // namespace

admin_handler::admin_handler(admin_parts parts)
    : parts_(std::move(parts)),
      guard_(parts_.further_hosts),
      started_(parts_.time.now().mono),
      page_fields_("Content-Security-Policy: " + page_policy() +
                   "\r\nReferrer-Policy: no-referrer\r\nCross-Origin-Opener-Policy: same-origin\r\n" +
                   std::string(private_fields)) {}

const std::vector<admin_handler::route>& admin_handler::routes() {
  using enum http::method;
  static const std::vector<route> table{
      {get, "/", &admin_handler::page},
      {get, "/api/stats", &admin_handler::stats},
      {get, "/api/settings", &admin_handler::settings},
      {get, "/api/entries", &admin_handler::entries},
  };
  return table;
}

proxy::answer admin_handler::dispatch(const http::request_head& request) const {
  if (const auto why = guard_.check(request)) return refused(403, why->code, why->message, request.method);
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  const auto asked = request.method == http::method::head ? http::method::get : request.method;
  std::string allowed;
  for (const auto& row : routes()) {
    if (row.path != path) continue;
    if (row.method == asked) return (this->*row.answer)(request);
    allowed.append(allowed.empty() ? "" : ", ").append(row.method == http::method::get ? "GET, HEAD" : "POST");
  }
  if (allowed.empty()) return refused(404, "not_found", "there is nothing at this path", request.method);
  auto answer = refused(405, "method_not_allowed", "this path is not for that method", request.method);
  answer.extra.append("Allow: ");
  answer.extra.append(allowed);
  answer.extra.append("\r\n");
  return answer;
}

boost::json::object admin_handler::current_stats() const {
  auto made = stats_of(parts_.figures.readings());
  made["version"] = parts_.version;
  made["ready"] = parts_.ready.load(std::memory_order_relaxed);
  made["uptime_seconds"] = seconds(parts_.time.now().mono - started_);
  return made;
}

proxy::answer admin_handler::page(const http::request_head& /*request*/) const {
  const auto stats = current_stats();
  auto entries = parts_.cache.entries(page_entries);
  for (auto& entry : entries) entry.ident = shown(entry.ident);
  const auto rows = parts_.settings();
  return proxy::make_answer(
      200, "text/html; charset=utf-8",
      status_page({.version = parts_.version, .stats = stats, .entries = entries, .settings = rows}), page_fields_);
}

proxy::answer admin_handler::stats(const http::request_head& /*request*/) const { return json(current_stats()); }

proxy::answer admin_handler::settings(const http::request_head& /*request*/) const {
  boost::json::array rows;
  for (const auto& row : parts_.settings()) {
    rows.push_back({{"key", row.key},
                    {"value", row.value},
                    {"source", row.source},
                    {"default", row.default_value},
                    {"help", row.help},
                    {"live", row.live}});
  }
  return json({{"settings", std::move(rows)}});
}

proxy::answer admin_handler::entries(const http::request_head& request) const {
  const auto limit = limit_of(request.target);
  if (!limit) return refused(400, "bad_limit", "limit is a whole number from 1 to 1000", request.method);
  boost::json::array rows;
  for (const auto& entry : parts_.cache.entries(*limit)) {
    rows.push_back({{"route", http::to_string(entry.route)},
                    {"ident", shown(entry.ident)},
                    {"credential", entry.credential},
                    {"status", entry.status},
                    {"bytes", entry.bytes},
                    {"age_seconds", seconds(entry.age)},
                    {"ttl_seconds", seconds(entry.ttl)}});
  }
  return json({{"total", parts_.cache.entry_count()}, {"limit", *limit}, {"entries", std::move(rows)}});
}

std::optional<proxy::answer> admin_handler::answer_now(const http::request_head& request) { return dispatch(request); }

boost::asio::awaitable<void> admin_handler::handle(proxy::exchange& client) {
  auto answer = dispatch(client.request());
  co_await client.send(std::move(answer));
}

}  // namespace sidecache::admin
