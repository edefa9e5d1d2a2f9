// Settings from the command line, through CLI11 as the subcommands use it.
#include "config/flags.hpp"

#include <CLI/CLI.hpp>

#include "config/settings_table.hpp"
#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

class flags_test : public loading {
 protected:
  /// As typed after `sidecache serve`.
  sources parse(std::vector<std::string> arguments) {
    std::ranges::reverse(arguments);
    flags_.add_to(app_);
    app_.parse(std::move(arguments));
    sources out;
    out.file = flags_.config_file();
    out.flags = flags_.values();
    return out;
  }

  CLI::App app_;
  flags flags_;
};

TEST_F(flags_test, every_setting_has_one) {
  flags_.add_to(app_);
  for (const auto& what : settings_table())
    EXPECT_NE(app_.get_option_no_throw(flag_name(what.key)), nullptr) << what.key;
  const std::string help = app_.help();
  EXPECT_TRUE(help.contains("--cache-ttl DURATION"));
  EXPECT_TRUE(help.contains("--upstream-url,--upstream URL"));
}

TEST_F(flags_test, values_are_taken) {
  const auto loaded = load(parse({"--cache-ttl", "1m", "--threads=2", "--upstream", "http://localhost:8080/albus"}));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values.plane.cache.lifetimes.ttl, std::chrono::minutes(1));
  EXPECT_EQ(loaded->values.threads, 2U);
  EXPECT_EQ(loaded->values.plane.upstream.url.host, "localhost");
  EXPECT_EQ(in_effect(*loaded, "upstream.url").source.describe(), "flag --upstream-url");
}

TEST_F(flags_test, lists_are_repeated_flags_or_commas) {
  const auto loaded = load(parse({"--listen", "127.0.0.1:1", "--listen", "[::1]:2,unix:/run/s", "--prefixes", ""}));
  ASSERT_TRUE(loaded);
  ASSERT_EQ(loaded->values.plane.listen.size(), 3U);
  EXPECT_EQ(loaded->values.plane.listen[1].host, "::1");
  EXPECT_EQ(loaded->values.plane.prefixes, std::vector<std::string>{""});
}

TEST_F(flags_test, config_names_the_file) {
  const auto path = file("c.yaml", "threads: 3\n");
  EXPECT_EQ(load(parse({"--config", path}))->values.threads, 3U);
}

TEST_F(flags_test, a_value_given_twice_is_an_error) {
  EXPECT_EQ(complaints(parse({"--threads", "1", "--threads", "2"})),
            "flag --threads: threads: expected it once, found the flag twice\n");
}

TEST_F(flags_test, a_wrong_value_names_its_flag) {
  EXPECT_EQ(complaints(parse({"--cache-ttl", "soon", "--listen", "x"})),
            "flag --listen: listen: expected an IP address and a port (127.0.0.1:9400, [::1]:9400, https://[::1]:9443) "
            "or unix:/PATH, found "
            "\"x\"\n"
            "flag --cache-ttl: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"soon\"\n");
}

TEST_F(flags_test, an_unknown_flag_gets_the_closest_and_hides_its_value) {
  parse({"--cache-tll", "5s", "--threads", "1", "--admin-token=hunter2", "--admin-secret", "hunter2"});
  EXPECT_EQ(format_errors(flags::unknown_flags(app_)),
            "flag --cache-tll: unknown flag; did you mean --cache-ttl?\n"
            "flag --admin-token: unknown flag; did you mean --admin-token-file?\n"
            "flag --admin-secret: unknown flag\n");
}

TEST_F(flags_test, an_argument_that_belongs_to_no_flag_is_told) {
  parse({"stray"});
  EXPECT_EQ(format_errors(flags::unknown_flags(app_)), "flag \"stray\": an argument that no flag takes\n");
}

TEST_F(flags_test, a_flag_without_its_value_is_refused_by_the_parser) {
  EXPECT_THROW(parse({"--cache-ttl"}), CLI::ParseError);
}

}  // namespace
}  // namespace sidecache::config
