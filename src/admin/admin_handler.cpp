#include "admin/admin_handler.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <chrono>

#include "admin/outage_views.hpp"
#include "admin/reload_view.hpp"
#include "admin/shadow_view.hpp"
#include "admin/shown_ident.hpp"
#include "admin/stats.hpp"
#include "admin/status_page.hpp"
#include "base/text.hpp"
#include "base/units.hpp"
#include "http/header_rules.hpp"

namespace sidecache::admin {
namespace {

constexpr std::size_t default_entries = 100;
constexpr std::size_t most_entries = 1000;
constexpr std::size_t most_body_bytes = std::size_t{64} * 1024;
/// Figures are of this moment and of this origin's own page only.
constexpr std::string_view private_fields =
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n";

proxy::answer json_answer(const boost::json::value& body) {
  return proxy::make_answer(200, "application/json", boost::json::serialize(body), private_fields);
}

std::string listed(const std::vector<std::string>& names) {
  std::string all;
  for (const auto& name : names) all.append(all.empty() ? "" : ", ").append(name);
  return all;
}

std::string_view path_of(const http::request_head& request) {
  return std::string_view(request.target).substr(0, request.target.find('?'));
}

double seconds(duration d) { return std::chrono::duration<double>(d).count(); }

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

admin_handler::reply admin_handler::refused(unsigned status, std::string_view code, std::string_view message,
                                            http::method method) {
  auto answer = proxy::make_error(status, code, message, method);
  answer.report.outcome = outcome::rejected;
  return {std::move(answer), code};
}

const std::vector<admin_handler::route>& admin_handler::routes() {
  using enum http::method;
  static const std::vector<route> table{
      {get, "/", &admin_handler::page},
      {get, "/api/stats", &admin_handler::stats},
      {get, "/api/settings", &admin_handler::settings},
      {get, "/api/entries", &admin_handler::entries},
      {get, "/api/coverage", &admin_handler::coverage},
      {get, "/api/shadow", &admin_handler::shadow},
      {get, "/api/stale-served", &admin_handler::stale_served},
      {get, "/api/drill", &admin_handler::drill},
      {post, "/api/drill", &admin_handler::begin_drill},
      {post, "/api/purge", &admin_handler::purge},
  };
  return table;
}

std::optional<admin_handler::reply> admin_handler::why_not_change(const http::request_head& request) const {
  if (parts_.token.empty())
    return refused(403, "changes_disabled", "admin.token_file is not set, so nothing can be changed here",
                   request.method);
  constexpr std::string_view scheme = "bearer ";
  const auto given = request.fields.find("authorization").value_or("");
  const bool right = request.fields.count("authorization") == 1 && starts_with_ignoring_case(given, scheme) &&
                     equal_in_constant_time(trim(given.substr(scheme.size())), parts_.token.view());
  if (!right) {
    auto no = refused(401, "bad_token", "this takes Authorization: Bearer with the token of admin.token_file",
                      request.method);
    no.answer.extra.append("WWW-Authenticate: Bearer realm=\"sidecache\"\r\n");
    return no;
  }
  // A form in a browser can't send this type without asking first.
  if (!http::is_json_content_type(request.fields.find("content-type").value_or("")))
    return refused(415, "not_json", "the body must be application/json", request.method);
  return std::nullopt;
}

admin_handler::reply admin_handler::dispatch(const question& asked_for) const {
  const http::request_head& request = asked_for.head;
  const auto path = path_of(request);
  if (parts_.peers && path == proxy::peer_path) return parts_.peers->answer(request);
  if (const auto why = guard_.check(request)) return refused(403, why->code, why->message, request.method);
  const auto asked = request.method == http::method::head ? http::method::get : request.method;
  std::string allowed;
  for (const auto& row : routes()) {
    if (row.path != path) continue;
    if (row.method == asked) {
      if (row.method == http::method::post) return change(row, asked_for);
      return (this->*row.answer)(asked_for);
    }
    allowed.append(allowed.empty() ? "" : ", ").append(row.method == http::method::get ? "GET, HEAD" : "POST");
  }
  if (allowed.empty()) return refused(404, "not_found", "there is nothing at this path", request.method);
  auto no = refused(405, "method_not_allowed", "this path is not for that method", request.method);
  no.answer.extra.append("Allow: ");
  no.answer.extra.append(allowed);
  no.answer.extra.append("\r\n");
  return no;
}

admin_handler::reply admin_handler::change(const route& row, const question& asked) const {
  if (auto why = why_not_change(asked.head)) return std::move(*why);
  return (this->*row.answer)(asked);
}

void admin_handler::audit(const question& asked, const reply& with) {
  if (with.refused_as.empty()) return;
  const auto path = path_of(asked.head);
  const auto row = std::ranges::find_if(
      routes(), [&](const route& each) { return each.method == asked.head.method && each.path == path; });
  if (row == routes().end()) return;
  const auto line = refusals_.tell({.action = path.substr(path.rfind('/') + 1),
                                    .from = asked.from,
                                    .status = with.answer.status,
                                    .why = with.refused_as},
                                   parts_.time.now().mono);
  if (line) line->write();
}

boost::json::object admin_handler::current_stats() const {
  const auto readings = parts_.figures.readings();
  auto made = stats_of(readings);
  boost::json::object planes;
  for (const auto& name : parts_.cache.plane_names()) planes[name] = plane_stats_of(readings, name);
  made["planes"] = std::move(planes);
  made["version"] = parts_.version;
  made["ready"] = parts_.ready.load(std::memory_order_relaxed);
  made["mode"] = mode_text(parts_.shadow());
  made["uptime_seconds"] = seconds(parts_.time.now().mono - started_);
  return made;
}

admin_handler::reply admin_handler::page(const question& /*asked*/) const {
  const auto stats = current_stats();
  auto entries = parts_.cache.entries(page_entries);
  for (auto& entry : entries) entry.ident = shown_ident(entry.ident);
  const auto rows = parts_.settings();
  return proxy::make_answer(200, "text/html; charset=utf-8",
                            status_page({.version = parts_.version,
                                         .stats = stats,
                                         .entries = entries,
                                         .settings = rows,
                                         .reload = text_of(parts_.reload()),
                                         .mode = mode_text(parts_.shadow())}),
                            page_fields_);
}

admin_handler::reply admin_handler::stats(const question& /*asked*/) const { return json_answer(current_stats()); }

admin_handler::reply admin_handler::settings(const question& /*asked*/) const {
  boost::json::array rows;
  for (const auto& row : parts_.settings()) {
    rows.push_back({{"key", row.key},
                    {"value", row.value},
                    {"source", row.source},
                    {"default", row.default_value},
                    {"help", row.help},
                    {"live", row.live}});
  }
  return json_answer({{"settings", std::move(rows)}, {"reload", json_of(parts_.reload())}});
}

admin_handler::reply admin_handler::entries(const question& asked) const {
  const auto limit = limit_of(asked.head.target);
  if (!limit) return refused(400, "bad_limit", "limit is a whole number from 1 to 1000", asked.head.method);
  boost::json::array rows;
  for (const auto& entry : parts_.cache.entries(*limit)) {
    rows.push_back({{"plane", entry.plane},
                    {"route", http::to_string(entry.route)},
                    {"ident", shown_ident(entry.ident)},
                    {"credential", entry.credential},
                    {"status", entry.status},
                    {"bytes", entry.bytes},
                    {"age_seconds", seconds(entry.age)},
                    {"ttl_seconds", seconds(entry.ttl)}});
  }
  return json_answer({{"total", parts_.cache.entry_count()}, {"limit", *limit}, {"entries", std::move(rows)}});
}

admin_handler::reply admin_handler::purge(const question& asked) const {
  const auto order = parse_purge_request(asked.body);
  if (!order) return refused(400, "bad_purge", "expected of " + order.error(), asked.head.method);
  const auto planes = parts_.cache.plane_names();
  if (!order->plane.empty() && std::ranges::find(planes, order->plane) == planes.end())
    return refused(400, "bad_purge", "expected of plane: one of " + listed(planes), asked.head.method);
  const std::size_t dropped = parts_.purge(*order);
  audit_of(*order, dropped, asked.from, parts_.fingerprint).write();
  return json_answer({{"dropped", dropped}});
}

admin_handler::reply admin_handler::coverage(const question& /*asked*/) const {
  return json_answer(json_of(parts_.cache.coverage()));
}

admin_handler::reply admin_handler::shadow(const question& /*asked*/) const {
  return json_answer(json_of(parts_.shadow()));
}

admin_handler::reply admin_handler::stale_served(const question& asked) const {
  const auto limit = limit_of(asked.head.target);
  if (!limit) return refused(400, "bad_limit", "limit is a whole number from 1 to 1000", asked.head.method);
  return json_answer(json_of(parts_.stale.stale_served(*limit), parts_.stale.stale_count(), *limit));
}

admin_handler::reply admin_handler::drill(const question& /*asked*/) const {
  return json_answer(json_of(parts_.drill.drill_report(parts_.time.now().mono)));
}

admin_handler::reply admin_handler::begin_drill(const question& asked) const {
  const auto length = parse_drill_request(asked.body);
  if (!length) return refused(400, "bad_drill", "expected " + length.error(), asked.head.method);
  parts_.drill.begin_drill(parts_.time.now().mono, *length, asked.from);
  spdlog::warn("drill: {}", *length > duration{}
                                ? "lookups behave as if the control plane were gone, for " + format_duration(*length)
                                : "ended");
  return drill(asked);
}

std::optional<proxy::answer> admin_handler::answer_now(const http::request_head& request,
                                                       const proxy::known_block* /*by*/) {
  if (request.method == http::method::post) return std::nullopt;  // its body first
  return dispatch({request, {}, {}}).answer;
}

boost::asio::awaitable<void> admin_handler::handle(proxy::exchange& client) {
  const http::request_head& request = client.request();
  const std::string address = client.client_address();
  const std::string_view from = address.empty() ? "a Unix socket" : std::string_view(address);
  std::string body;
  while (request.method == http::method::post) {
    const auto piece = co_await client.body().next();
    if (!piece) co_return;  // the client left, or what it sent is no body: the session says so
    if (piece->empty()) break;
    if (body.size() + piece->size() > most_body_bytes) {
      auto no = refused(413, "body_too_large", "a body of this API has at most 64 KiB", request.method);
      audit({request, {}, from}, no);
      wipe(body.data(), body.size());
      co_await client.send(std::move(no.answer));
      co_return;
    }
    body.append(*piece);
  }
  auto made = dispatch({request, body, from});
  wipe(body.data(), body.size());  // it may name a credential
  audit({request, {}, from}, made);
  co_await client.send(std::move(made.answer));
}

}  // namespace sidecache::admin
