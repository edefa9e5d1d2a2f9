#include "metrics/access_log.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <sstream>

#include "http/trace_context.hpp"
#include "metrics/access_fields.hpp"
#include "metrics/collector.hpp"
#include "unit/metrics/page.hpp"

namespace sidecache::metrics {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing::Optional;

proxy::finished_request a_hit(std::string_view target) {
  return {.report = {.outcome = outcome::hit, .route = http::route::virtual_keys},
          .method = "GET",
          .target = target,
          .status = 200,
          .bytes_sent = 1234,
          .took = 45'678ns};
}

/// The lines that these requests leave behind.
std::string lines_of(log_format format, access_settings settings, const std::vector<proxy::finished_request>& requests,
                     const access_source& source = {"admin"}) {
  std::ostringstream out;
  {
    log lines({.level = log_level::error, .format = format}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    collector figures("1.2.3");
    access_log access(figures.add_worker("admin"), lines, settings, source);
    for (const auto& request : requests) access.finished(request);
  }
  return out.str();
}

TEST(access_log, a_text_line_tells_what_happened_and_never_the_query) {
  const auto line = lines_of(log_format::text, {.mode = access_mode::all}, {a_hit("/v1/virtual-keys/x?token=s3cret")});
  EXPECT_THAT(line, HasSubstr(" info request method=\"GET\" path=\"/v1/virtual-keys/x\" route=virtual_keys outcome=hit "
                              "status=200 bytes=1234 duration_us=45 plane=\"admin\"\n"));
  EXPECT_THAT(line, Not(HasSubstr("s3cret")));
}

TEST(access_log, is_put_on_and_off_while_requests_come) {
  std::ostringstream out;
  {
    log lines({}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    collector figures("1.2.3");
    access_log access(figures.add_worker("admin"), lines, {.mode = access_mode::off}, {"admin"});
    access.finished(a_hit("/before"));
    access.change({.mode = access_mode::sampled, .one_in = 50});
    access.finished(a_hit("/first"));
    access.finished(a_hit("/unsampled"));
    access.change({.mode = access_mode::all});
    access.finished(a_hit("/all"));
    access.change({.mode = access_mode::off});
    access.finished(a_hit("/after"));
  }
  EXPECT_THAT(out.str(), testing::AllOf(HasSubstr("/first"), HasSubstr("/all")));
  for (const auto* none : {"/before", "/unsampled", "/after"}) EXPECT_THAT(out.str(), Not(HasSubstr(none)));
}

TEST(access_log, a_json_line_has_the_same_fields) {
  const auto line = lines_of(log_format::json, {.mode = access_mode::all}, {a_hit("/v1/virtual-keys/x?token=s3cret")});
  simdjson::dom::parser parser;
  const simdjson::dom::element parsed = parser.parse(line).value();
  EXPECT_EQ(parsed["message"].get_string().value(), "request");
  EXPECT_EQ(parsed["method"].get_string().value(), "GET");
  EXPECT_EQ(parsed["path"].get_string().value(), "/v1/virtual-keys/x");
  EXPECT_EQ(parsed["route"].get_string().value(), "virtual_keys");
  EXPECT_EQ(parsed["outcome"].get_string().value(), "hit");
  EXPECT_EQ(parsed["status"].get_uint64().value(), 200U);
  EXPECT_EQ(parsed["bytes"].get_uint64().value(), 1234U);
  EXPECT_EQ(parsed["duration_us"].get_uint64().value(), 45U);
  EXPECT_THAT(line, Not(HasSubstr("s3cret")));
}

constexpr std::string_view trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string traceparent = "00-" + std::string(trace) + "-00f067aa0ba902b7-01";

access_source of_plane() {
  return {.plane = "data", .fingerprint = [](const http::credential_view& who) {
            return who.authorization == "Bearer s3cret" && who.api_key == "k3y" ? "0badcafe" : "wrong";
          }};
}

/// The names of a JSON line's members, in order.
std::vector<std::string> names_in(const std::string& line) {
  simdjson::dom::parser parser;
  std::vector<std::string> names;
  for (const auto& [name, value] : parser.parse(line).get_object().value()) names.emplace_back(name);
  return names;
}

TEST(access_log, a_line_with_everything_has_the_fields_of_the_table_in_its_order) {
  http::fields asked;
  asked.add("Authorization", "Bearer s3cret");
  asked.add("X-Portkey-Api-Key", "k3y");
  asked.add("X-Request-Id", "order 7");
  asked.add("TraceParent", traceparent);
  auto request = a_hit("/v1/virtual-keys/x");
  request.report.stale_age = 90'500ms;
  request.fields = &asked;
  const auto line = lines_of(log_format::json, {.mode = access_mode::all}, {request}, of_plane());
  std::vector<std::string> wanted;
  for (const auto& row : access_fields) wanted.emplace_back(row.name);
  EXPECT_EQ(names_in(line), wanted);
  EXPECT_THAT(line, HasSubstr(R"("stale_age_s":90,"plane":"data","credential":"0badcafe","request_id":"order 7")"));
  EXPECT_THAT(line, HasSubstr(R"("trace_id":"4bf92f3577b34da6a3ce929d0e0e4736"})"));
  EXPECT_THAT(line, Not(testing::AnyOf(HasSubstr("s3cret"), HasSubstr("k3y"))));
}

TEST(access_log, a_request_known_by_its_block_is_told_of_like_any_other) {
  const std::string block =
      "Host: h\r\nauthorization:Bearer s3cret\r\nx-portkey-api-key: k3y \r\nx-request-id: r1\r\ntraceparent: " +
      traceparent + "\r\n\r\n";
  auto request = a_hit("/x");
  request.block = block;
  const auto line = lines_of(log_format::logfmt, {.mode = access_mode::all}, {request}, of_plane());
  EXPECT_THAT(line, testing::MatchesRegex("time=[-0-9T:.]+Z level=info message=request method=\"GET\" path=\"/x\" .*"));
  EXPECT_THAT(line,
              HasSubstr(" plane=\"data\" credential=0badcafe request_id=\"r1\" trace_id=" + std::string(trace) + "\n"));
}

TEST(access_log, what_did_not_come_or_is_malformed_has_no_field) {
  http::fields asked;
  asked.add("Authorization", "Bearer one");
  asked.add("Authorization", "Bearer two");  // whose it is only the origin knows
  asked.add("traceparent", "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01");
  asked.add("x-request-id", std::string(1000, 'r') + "\"");
  auto request = a_hit("/x");
  request.fields = &asked;
  const auto line = lines_of(log_format::json, {.mode = access_mode::all}, {request}, of_plane());
  EXPECT_THAT(line, HasSubstr(R"("plane":"data","request_id":")" + std::string(128, 'r') + "\"}"));
  EXPECT_THAT(lines_of(log_format::json, {.mode = access_mode::all}, {a_hit("/x")}, of_plane()),
              HasSubstr(R"("plane":"data"})"));
}

TEST(access_log, what_went_upstream_with_ids_of_our_making_is_told_of_with_those) {
  http::fields asked;
  http::fields sent;
  random_source chances(7);
  const http::made_ids made = http::complete_trace_fields(sent, chances);
  auto request = a_hit("/x");
  request.fields = &asked;
  request.made = &made;
  const auto ids = fmt::format(R"("request_id":"{}","trace_id":"{}"}})", made.request_id(), made.trace_id());
  EXPECT_THAT(lines_of(log_format::json, {.mode = access_mode::all}, {request}), HasSubstr(ids));
  const http::made_ids none{};
  request.made = &none;
  EXPECT_THAT(lines_of(log_format::json, {.mode = access_mode::all}, {request}), HasSubstr(R"("plane":"admin"})"));
}

TEST(access_log, nobody_asks_for_a_fingerprint_that_is_not_written) {
  int asked = 0;
  const access_source counting{.plane = "admin", .fingerprint = [&](const http::credential_view&) {
                                 ++asked;
                                 return std::string("0badcafe");
                               }};
  auto request = a_hit("/x");
  request.block = "authorization: k\r\n\r\n";
  (void)lines_of(log_format::text, {.mode = access_mode::sampled, .one_in = 4},
                 std::vector<proxy::finished_request>(8, request), counting);
  EXPECT_EQ(asked, 2);
}

TEST(access_log, a_hostile_path_or_method_stays_in_its_field) {
  const std::string target = "/v1/x\" outcome=miss\r\n\x1b[2J\xFF{\"a\":1}";
  auto request = a_hit(target);
  request.method = "GE\"T\n";
  const auto text = lines_of(log_format::text, {.mode = access_mode::all}, {request});
  EXPECT_EQ(std::ranges::count(text, '\n'), 1);
  EXPECT_THAT(text, HasSubstr(R"(method="GE\"T\x0a" path="/v1/x\" outcome=miss\x0d\x0a\x1b[2J\xff{\"a\":1}" route=)"));

  const auto json = lines_of(log_format::json, {.mode = access_mode::all}, {request});
  simdjson::dom::parser parser;
  const simdjson::dom::element parsed = parser.parse(json).value();
  EXPECT_EQ(parsed["outcome"].get_string().value(), "hit");
  EXPECT_EQ(parsed["method"].get_string().value(), "GE\"T\n");
}

TEST(access_log, only_the_path_of_a_target_is_kept) {
  std::string scratch;
  EXPECT_EQ(path_to_log("/a/b?c=d", scratch), "/a/b");
  EXPECT_EQ(path_to_log("/a#b", scratch), "/a");
  EXPECT_EQ(path_to_log("*", scratch), "*");
  EXPECT_EQ(path_to_log("http://user:pass@host/a/b?c", scratch), "/a/b");
  EXPECT_EQ(path_to_log("http://user:pass@host", scratch), "-");
  EXPECT_EQ(path_to_log("user:pass@host:443", scratch), "-");
  EXPECT_EQ(path_to_log("", scratch), "-");
  EXPECT_EQ(path_to_log("/" + std::string(8000, 'x'), scratch).size(), 515U);
}

TEST(access_log, sampling_takes_the_first_and_then_every_nth_and_off_takes_none) {
  const std::vector<proxy::finished_request> seven(7, a_hit("/x"));
  const auto count = [&](access_settings settings) {
    return std::ranges::count(lines_of(log_format::text, settings, seven), '\n');
  };
  EXPECT_EQ(count({.mode = access_mode::off}), 0);
  EXPECT_EQ(count({.mode = access_mode::sampled, .one_in = 3}), 3);  // the 1st, 4th and 7th
  EXPECT_EQ(count({.mode = access_mode::sampled, .one_in = 100}), 1);
  EXPECT_EQ(count({.mode = access_mode::sampled, .one_in = 0}), 7);
  EXPECT_EQ(count({.mode = access_mode::all}), 7);
}

TEST(access_log, passes_everything_on_to_the_counters) {
  collector figures("1.2.3");
  std::ostringstream out;
  log lines({}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  access_log access(figures.add_worker("admin"), lines, {.mode = access_mode::off}, {});
  access.finished(a_hit("/x"));
  access.finished(proxy::finished_attempt{.status = 404});
  access.upstream_connections(proxy::connection_state::idle, 2);
  access.client_connections(3);
  access.unknown_in_record(records::kind::provider, 4, 5);

  const auto page = figures.text();
  EXPECT_THAT(value_of(page, R"(sidecache_requests_total{plane="admin",route="virtual_keys",outcome="hit"})"),
              Optional(1));
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_requests_total{plane="admin",route="other",code="404"})"),
              Optional(1));
  EXPECT_THAT(value_of(page, R"(sidecache_upstream_connections{plane="admin",state="idle"})"), Optional(2));
  EXPECT_THAT(value_of(page, R"(sidecache_client_connections{plane="admin"})"), Optional(3));
  EXPECT_THAT(value_of(page, R"(sidecache_record_unknown_fields_total{plane="admin",kind="provider"})"), Optional(4));
  EXPECT_THAT(value_of(page, R"(sidecache_record_unknown_values_total{plane="admin",kind="provider"})"), Optional(5));
}

}  // namespace
}  // namespace sidecache::metrics
