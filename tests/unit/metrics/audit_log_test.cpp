#include "metrics/audit_log.hpp"

#include <gtest/gtest.h>

namespace sidecache::metrics {
namespace {

TEST(audit_log, a_line_has_its_head_and_then_the_actions_own_fields) {
  audit_line line({.action = "purge", .by = "admin", .outcome = "done"});
  EXPECT_EQ(line.word("mode", "soft").number("dropped", 7U).quoted("slug", "openai").text(),
            R"(audit action=purge by=admin outcome=done mode=soft dropped=7 slug="openai")");
}

TEST(audit_log, what_others_chose_passes_for_no_other_field_and_is_cut) {
  audit_line line({.action = "purge", .by = "admin", .outcome = "done"});
  EXPECT_EQ(line.quoted("slug", R"(x" outcome=refused y=")").text(),
            R"(audit action=purge by=admin outcome=done slug="x' outcome=refused y='")");
  audit_line long_one({.action = "a", .by = "b", .outcome = "c"});
  EXPECT_TRUE(long_one.quoted("slug", std::string(1000, 'x')).text().ends_with("\"" + std::string(256, 'x') + "...\""));
}

}  // namespace
}  // namespace sidecache::metrics
