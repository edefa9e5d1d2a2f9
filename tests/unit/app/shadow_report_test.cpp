// What `sidecache shadow-report` says of what the listener said, and the verdict that scripts go by.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "admin/shadow_view.hpp"
#include "app/shadow_report_command.hpp"

namespace sidecache::app {
namespace {

using namespace std::chrono_literals;
using proxy::shadow_result;
using testing::HasSubstr;
using testing::Not;

/// A plane that has been in shadow, with so many of each.
admin::plane_shadow seen(std::initializer_list<std::pair<shadow_result, std::uint64_t>> results) {
  admin::plane_shadow made{.plane = "admin", .mode = proxy::mode::shadow, .report = {}};
  made.report.since = wall_time(1h);
  auto& of = made.report.routes[http::route::integrations];
  for (const auto& [what, times] : results) of.tally.results[static_cast<std::size_t>(what)] = times;
  return made;
}

shadow_words words(const std::vector<admin::plane_shadow>& planes) { return words_of_shadow(admin::json_of(planes)); }

TEST(shadow_report, without_a_wrong_one_it_says_how_sure_that_is) {
  const auto said = words({seen({{shadow_result::missed, 100},
                                 {shadow_result::agreed, 290},
                                 {shadow_result::moved, 10},
                                 {shadow_result::overtaken, 50},
                                 {shadow_result::stood_in, 50}})});
  EXPECT_EQ(said.code, exit_ok);
  EXPECT_THAT(said.text, HasSubstr("admin: mode is shadow, put into shadow at 1970-01-01T01:00:00Z\n"));
  EXPECT_THAT(said.text, HasSubstr("integrations          500   80.0 %       290"));
  EXPECT_THAT(said.text, HasSubstr("0 of 300 compared answers would have been wrong (with 95 % confidence fewer than "
                                   "1 % are)"))
      << "the rule of three; neither what a write overtook nor an outage says anything of it";
}

TEST(shadow_report, too_few_are_called_so) {
  const auto said = words({seen({{shadow_result::agreed, 4}})});
  EXPECT_EQ(said.code, exit_ok) << "nothing was wrong";
  EXPECT_THAT(said.text,
              HasSubstr("Nothing wrong so far, and little seen: 0 of 4 compared answers (with 95 % confidence "
                        "fewer than 75 % are wrong"));
  EXPECT_THAT(said.text, Not(HasSubstr("Safe")));
}

TEST(shadow_report, one_wrong_answer_is_not_safe_and_is_named) {
  auto plane = seen({{shadow_result::agreed, 3}, {shadow_result::wrong, 1}});
  plane.report.latest.push_back({.at = wall_time(2h),
                                 .route = http::route::integrations,
                                 .ident = "openai",
                                 .how = outcome::hit,
                                 .would_be = 200,
                                 .is = 404,
                                 .age = 12500ms,
                                 .fields = {"name", "status"}});
  const auto said = words({plane});
  EXPECT_EQ(said.code, exit_wrong);
  EXPECT_THAT(said.text,
              HasSubstr("    1970-01-01T02:00:00Z integrations openai: hit, 12.5 s old, 200 where it is 404; "
                        "differs in name, status\n"));
  EXPECT_THAT(said.text, HasSubstr("Not safe to switch on: 1 of 4 compared answers (25 %)"));
}

TEST(shadow_report, what_was_not_compared_says_nothing) {
  for (const auto& plane : {seen({}), seen({{shadow_result::missed, 5}, {shadow_result::stood_in, 1}})}) {
    const auto said = words({plane});
    EXPECT_EQ(said.code, exit_failed);
    EXPECT_THAT(said.text, HasSubstr("Nothing can be said yet"));
    EXPECT_THAT(said.text, Not(HasSubstr("Safe")));
  }
}

TEST(shadow_report, of_several_planes_one_that_is_wrong_is_enough) {
  auto gateways = seen({{shadow_result::wrong, 1}});
  gateways.plane = "gateways";
  const admin::plane_shadow never{.plane = "other", .mode = proxy::mode::on, .report = {}};
  EXPECT_EQ(words({seen({{shadow_result::agreed, 1}}), never}).code, exit_ok);
  EXPECT_EQ(words({seen({{shadow_result::agreed, 1}}), gateways, never}).code, exit_wrong);
  EXPECT_THAT(words({never}).text, HasSubstr("other: mode is on, and was not shadow since the start."));
}

TEST(shadow_report, what_is_no_report_of_ours_is_none) {
  for (const char* const body : {"{}", R"({"planes":[]})", R"({"planes":{"a":1}})", R"({"planes":{"a":{"routes":3}}})"})
    EXPECT_EQ(words_of_shadow(boost::json::parse(body)).code, exit_failed) << body;
}

TEST(mode_text, is_there_where_memory_does_not_answer) {
  const admin::plane_shadow on{.plane = "admin", .mode = proxy::mode::on, .report = {}};
  const admin::plane_shadow off{.plane = "gateways", .mode = proxy::mode::bypass, .report = {}};
  EXPECT_EQ(admin::mode_text({on}), "");
  EXPECT_EQ(admin::mode_text({off}), "bypass");
  EXPECT_EQ(admin::mode_text({on, off, off}), "gateways: bypass, gateways: bypass");
}

}  // namespace
}  // namespace sidecache::app
