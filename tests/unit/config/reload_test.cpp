// What a configuration that is read while sidecache runs means to the one that it runs by.
#include "config/reload.hpp"

#include <gmock/gmock.h>

#include "unit/config/another_value.hpp"

namespace sidecache::config {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

class reload_test : public another_value {
 protected:
  static loaded_settings loaded(const sources& from) {
    auto made = load(from);
    if (!made) throw std::logic_error(format_errors(made.error()));
    return std::move(*made);
  }
  static std::vector<std::string> keys(const reload_decision& of) {
    std::vector<std::string> all;
    for (const auto& each : of.changes) all.push_back(each.key);
    return all;
  }
};

TEST_F(reload_test, of_every_setting_the_table_says_what_becomes_of_another_value) {
  for (const auto& what : settings_table()) {
    const pair both = differing_in(what);
    const auto before = loaded(both.before);
    const auto made = decide_reload(before, load(both.after));
    const bool live = what.change == change::live;
    EXPECT_EQ(to_string(made.result), live ? "applied" : "restart_required") << what.key << ": " << describe(made);
    EXPECT_EQ(made.is_taken(), live) << what.key;
    EXPECT_THAT(keys(made), Contains(std::string(what.key))) << "it is told by its name";
    EXPECT_THAT(describe(made), HasSubstr(std::string(what.key) + " "));
    EXPECT_EQ(to_string(decide_reload(before, loaded(both.before)).result), "unchanged") << what.key;
  }
}

TEST_F(reload_test, what_is_written_in_another_way_is_no_change) {
  const auto before = loaded(from_yaml("cache: {ttl: 60s, max_bytes: 64MiB}\nlisten: 127.0.0.1:9400\n"));
  const auto after = load(from_yaml("# moved\n\nlisten: [127.0.0.1:9400]\ncache:\n  ttl: 1m\n"));
  EXPECT_EQ(describe(decide_reload(before, after)), "nothing differs");
}

TEST_F(reload_test, one_that_takes_a_restart_keeps_the_live_ones_from_counting) {
  const auto made = decide_reload(loaded(from_yaml("")), load(from_yaml("cache: {ttl: 1m}\nthreads: 2\n")));
  EXPECT_EQ(made.result, reload_result::restart_required);
  EXPECT_EQ(describe(made), R"(threads "1" -> "2" (takes a restart); cache.ttl "30s" -> "1m")");
}

TEST_F(reload_test, what_would_not_start_is_refused_with_all_that_is_wrong) {
  const auto made = decide_reload(loaded(from_yaml("")), load(from_yaml("cache: {ttl: 1 hour}\nlog: {levle: info}\n")));
  EXPECT_EQ(made.result, reload_result::invalid);
  EXPECT_TRUE(made.changes.empty());
  EXPECT_THAT(describe(made), testing::AllOf(HasSubstr("cache.ttl"), HasSubstr("levle"), Not(HasSubstr("\n"))));
}

TEST_F(reload_test, of_several_planes_each_has_its_own) {
  const auto planes = [&](const char* ttl, const char* prefix) {
    return from_yaml(std::string("planes:\n  - {plane: admin, prefix: /cp}\n  - {plane: data, prefix: ") + prefix +
                     ", cache: {ttl: " + ttl + "}}\n");
  };
  const auto before = loaded(planes("5s", "/albus"));
  const auto live = decide_reload(before, load(planes("6s", "/albus")));
  EXPECT_EQ(describe(live), R"(planes[1].cache.ttl "5s" -> "6s")");
  EXPECT_EQ(live.result, reload_result::applied);
  EXPECT_EQ(describe(decide_reload(before, load(planes("5s", "/other")))),
            R"(planes[1].prefix "/albus" -> "/other" (takes a restart))");
}

TEST_F(reload_test, no_secret_is_told_not_even_where_it_lies) {
  sources before;
  sources after;
  before.flags = {{.key = "admin.token_file", .text = file("one-token", "t0k3n")}};
  after.flags = {{.key = "admin.token_file", .text = file("another-token", "t0k4n")}};
  const auto told = describe(decide_reload(loaded(before), load(after)));
  EXPECT_EQ(told, R"line(admin.token_file "(set)" -> "(another file, not shown)" (takes a restart))line");
}

TEST_F(reload_test, a_line_has_an_end) {
  std::string routes = "routes:\n";
  for (int i = 0; i < 60; ++i) routes += "  - {path: /integrations/i" + std::to_string(i) + ", tttl: 1s}\n";
  const auto told = describe(decide_reload(loaded(from_yaml("")), load(from_yaml(routes))));
  EXPECT_THAT(told, testing::EndsWith("; and 40 more"));
}

}  // namespace
}  // namespace sidecache::config
