#include "metrics/access_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <spdlog/sinks/ostream_sink.h>

#include <chrono>
#include <sstream>

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
std::string lines_of(log_format format, access_settings settings,
                     const std::vector<proxy::finished_request>& requests) {
  std::ostringstream out;
  {
    log lines({.level = log_level::error, .format = format}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    collector figures("1.2.3");
    access_log access(figures.add_worker("admin"), lines, settings);
    for (const auto& request : requests) access.finished(request);
  }
  return out.str();
}

TEST(access_log, a_text_line_tells_what_happened_and_never_the_query) {
  const auto line = lines_of(log_format::text, {.mode = access_mode::all}, {a_hit("/v1/virtual-keys/x?token=s3cret")});
  EXPECT_THAT(line, HasSubstr(" info request method=\"GET\" path=\"/v1/virtual-keys/x\" route=virtual_keys outcome=hit "
                              "status=200 bytes=1234 duration_us=45\n"));
  EXPECT_THAT(line, Not(HasSubstr("s3cret")));
}

TEST(access_log, is_put_on_and_off_while_requests_come) {
  std::ostringstream out;
  {
    log lines({}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    collector figures("1.2.3");
    access_log access(figures.add_worker("admin"), lines, {.mode = access_mode::off});
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
  EXPECT_EQ(path_to_log("/a/b?c=d"), "/a/b");
  EXPECT_EQ(path_to_log("/a#b"), "/a");
  EXPECT_EQ(path_to_log("*"), "*");
  EXPECT_EQ(path_to_log("http://user:pass@host/a/b?c"), "/a/b");
  EXPECT_EQ(path_to_log("http://user:pass@host"), "-");
  EXPECT_EQ(path_to_log("user:pass@host:443"), "-");
  EXPECT_EQ(path_to_log(""), "-");
  EXPECT_EQ(path_to_log("/" + std::string(8000, 'x')).size(), 515U);
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
  access_log access(figures.add_worker("admin"), lines, {.mode = access_mode::off});
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
