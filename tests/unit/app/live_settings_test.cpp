// What the table calls live arrives where it is worked by; when a file has become another; what is told of a reload.
#include <gmock/gmock.h>

#include <ranges>

#include "admin/reload_view.hpp"
#include "app/config_source.hpp"
#include "app/from_config.hpp"
#include "app/keep_until_passed.hpp"
#include "app/settings_in_force.hpp"
#include "unit/config/another_value.hpp"

namespace sidecache::app {
namespace {

using testing::HasSubstr;
using namespace std::chrono_literals;

class live_settings : public config::another_value {
 protected:
  static config::loaded_settings loaded(const config::sources& from) {
    auto made = config::load(from);
    if (!made) throw std::logic_error(format_errors(made.error()));
    return std::move(*made);
  }
};

/// What service::apply() and process_life make of them.
bool work_alike(const config::settings& a, const config::settings& b) {
  const auto logs_alike = [&] {
    const auto one = access_settings(a);
    const auto other = access_settings(b);
    return log_settings(a).level == log_settings(b).level && one.mode == other.mode && one.one_in == other.one_in;
  };
  return proxy_settings(a, a.planes.front(), "1") == proxy_settings(b, b.planes.front(), "1") && logs_alike() &&
         a.shutdown == b.shutdown;
}

TEST_F(live_settings, each_of_them_changes_how_something_works) {
  for (const auto& what : config::settings_table()) {
    if (what.change != config::change::live) continue;
    const pair both = differing_in(what);
    EXPECT_FALSE(work_alike(loaded(both.before).values, loaded(both.after).values))
        << what.key << " is called live, and nobody hears of a change";
  }
}

TEST_F(live_settings, the_log_pauses_longer_where_few_lines_can_come) {
  const auto pause_with = [this](std::string_view yaml) { return log_settings(loaded(from_yaml(yaml)).values).pause; };
  EXPECT_EQ(pause_with(""), metrics::pause_among_few) << "one in a hundred, by default";
  EXPECT_EQ(pause_with("log: {access_sample: 20}"), metrics::pause_among_few);
  EXPECT_EQ(pause_with("log: {access_sample: 19}"), metrics::pause_among_many);
  EXPECT_EQ(pause_with("log: {access: all}"), metrics::pause_among_many);
  EXPECT_EQ(pause_with("log: {access: off, access_sample: 1}"), metrics::pause_among_few);
  EXPECT_EQ(pause_with("log: {level: debug}"), metrics::pause_among_many);
}

TEST_F(live_settings, what_is_refused_leaves_everything_as_it_was_and_is_told) {
  settings_in_force all(loaded(from_yaml("")), wall_time(1h));
  const auto ttl_row = [&] {
    for (const auto& row : all.now()->in_effect)
      if (row.key == "cache.ttl") return row.text;
    return std::string("none");
  };
  EXPECT_FALSE(all.last());
  all.take(config::load(from_yaml("cache: {ttl: 1m}")), "SIGHUP", wall_time(2h));
  EXPECT_EQ(ttl_row(), "1m");
  all.take(config::load(from_yaml("cache: {ttl: 2m}\nthreads: 2")), "a changed file", wall_time(3h));
  EXPECT_EQ(ttl_row(), "1m");
  all.take(config::load(from_yaml("cache: {ttl: x}")), "SIGHUP", wall_time(4h));
  EXPECT_EQ(ttl_row(), "1m");
  EXPECT_EQ(all.last()->result, "invalid");
  EXPECT_EQ(all.now()->values.plane.cache.lifetimes.ttl, 1min);
  EXPECT_EQ(all.started().plane.cache.lifetimes.ttl, 30s) << "of what may be referred to nothing moves";
}

TEST_F(live_settings, metrics_count_what_came_of_it) {
  settings_in_force all(loaded(from_yaml("")), wall_time(1h));
  const auto figures = [&] {
    std::vector<metrics::reading> out;
    all.add_readings(out);
    std::string text;
    for (const auto& each : out) {
      if (each.value == 0) continue;
      text.append(metrics::describe(each.id).name).append(each.labels.empty() ? "" : "/" + each.labels.front());
      text.append("=").append(std::to_string(static_cast<int>(each.value))).append(" ");
    }
    return text;
  };
  EXPECT_EQ(figures(),
            "sidecache_config_last_reload_successful=1 sidecache_config_last_reload_success_timestamp_seconds=3600 ");
  all.take(config::load(from_yaml("threads: 2")), "SIGHUP", wall_time(2h));
  EXPECT_EQ(figures(),
            "sidecache_config_reloads_total/restart_required=1 "
            "sidecache_config_last_reload_success_timestamp_seconds=3600 ");
  all.take(config::load(from_yaml("")), "SIGHUP", wall_time(3h));
  EXPECT_EQ(figures(),
            "sidecache_config_reloads_total/unchanged=1 sidecache_config_reloads_total/restart_required=1 "
            "sidecache_config_last_reload_successful=1 sidecache_config_last_reload_success_timestamp_seconds=10800 ");
}

TEST_F(live_settings, the_admin_pages_say_what_the_file_wants_and_what_runs) {
  settings_in_force all(loaded(from_yaml("")), wall_time(1h));
  EXPECT_TRUE(admin::json_of(all.last()).is_null());
  EXPECT_EQ(admin::text_of(all.last()), "");
  all.take(config::load(from_yaml("cache: {ttl: 1m}\nthreads: 2")), "SIGHUP", wall_time(2h));
  const auto json = admin::json_of(all.last());
  EXPECT_EQ(json.at("result"), "restart_required");
  EXPECT_EQ(json.at("at"), "1970-01-01T02:00:00Z");
  EXPECT_FALSE(json.at("taken").as_bool());
  const auto& first = json.at("changes").as_array().at(0);
  EXPECT_EQ(first.at("key"), "threads");
  EXPECT_EQ(first.at("running"), "1");
  EXPECT_EQ(first.at("wanted"), "2");
  EXPECT_FALSE(first.at("live").as_bool());
  EXPECT_TRUE(json.at("changes").as_array().at(1).at("live").as_bool());
  EXPECT_EQ(admin::text_of(all.last()),
            "1970-01-01T02:00:00Z, by SIGHUP: restart_required. What was read then is not in force: "
            R"(threads "1" -> "2" (takes a restart); cache.ttl "30s" -> "1m")");
}

TEST(keep_until_passed, what_a_worker_may_still_read_lives_until_the_last_one_has_gone_on) {
  net::worker_pool workers(2);
  auto old = std::make_shared<const int>(1);
  const std::weak_ptr<const int> seen = old;
  keep_until_passed(workers, old);
  old.reset();
  EXPECT_FALSE(seen.expired());
  workers.at(0).context.poll_one();
  EXPECT_FALSE(seen.expired()) << "the other may be at it";
  workers.at(1).context.poll_one();
  EXPECT_TRUE(seen.expired());
}

TEST(config_source, what_would_end_a_start_is_an_error) {
  config_source from({}, []() -> config::load_result { throw std::runtime_error("out of paper"); });
  const auto came = from.load();
  ASSERT_FALSE(came);
  EXPECT_THAT(format_errors(came.error()), HasSubstr("out of paper"));
  EXPECT_FALSE(from.has_changed()) << "there is no file";
}

TEST(settled_change, counts_once_it_was_found_twice) {
  settled_change file;
  file.taken(1);
  EXPECT_FALSE(file.look(1));
  EXPECT_FALSE(file.look(2)) << "it may be half written";
  EXPECT_FALSE(file.look(3)) << "it was";
  EXPECT_TRUE(file.look(3));
  EXPECT_FALSE(file.look(3)) << "once";
}

TEST(settled_change, what_comes_back_is_no_change) {
  settled_change file;
  file.taken(1);
  EXPECT_FALSE(file.look(std::nullopt)) << "between the old one and the new";
  EXPECT_FALSE(file.look(1));
  EXPECT_FALSE(file.look(1));
}

TEST(settled_change, a_file_that_is_gone_is_one) {
  settled_change file;
  file.taken(1);
  EXPECT_FALSE(file.look(std::nullopt));
  EXPECT_TRUE(file.look(std::nullopt));
  file.taken(std::nullopt);  // what was read then
  EXPECT_FALSE(file.look(1));
  EXPECT_TRUE(file.look(1));
}

}  // namespace
}  // namespace sidecache::app
