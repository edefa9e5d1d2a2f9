// A supervisor's decisions step by step, on a clock that stands still between the steps.
#include "app/supervision.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "app/exit_code.hpp"
#include "base/manual_clock.hpp"

namespace sidecache::app {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr int killed = SIGKILL;  // as waitpid(2) has it: a signal's number is the whole status
constexpr int exited(int code) { return code << 8; }

/// What is to be done, without what is only said.
std::vector<std::string> deeds(const supervision::orders& all) {
  using enum supervision::deed;
  std::vector<std::string> out;
  for (const auto& each : all) {
    const std::string seat = std::to_string(each.on);
    if (each.what == start) out.push_back("start " + seat);
    if (each.what == signal) out.push_back("signal " + seat + " " + std::to_string(each.number));
    if (each.what == give_back) out.push_back("give back " + seat);
    if (each.what == announce) out.emplace_back("announce");
    if (each.what == reloading) out.emplace_back("reloading");
    if (each.what == reloaded) out.emplace_back(each.number == 1 ? "reloaded" : "reload refused");
    if (each.what == end) out.push_back("end " + std::to_string(each.number));
  }
  return out;
}

const std::string term = std::to_string(SIGTERM);
const std::string kill = std::to_string(SIGKILL);
const std::string hup = std::to_string(SIGHUP);

struct a_supervisor : ::testing::Test {
  std::vector<std::string> begin() { return deeds(all.begin(now())); }
  std::vector<std::string> ready(supervision::seat who) { return deeds(all.ready(who)); }
  std::vector<std::string> ended(supervision::seat who, int status) { return deeds(all.ended(who, status, now())); }
  std::vector<std::string> reload() { return deeds(all.reload()); }
  std::vector<std::string> reloaded(supervision::seat who, bool taken = true) {
    return deeds(all.reloaded(who, taken));
  }
  std::vector<std::string> replace() { return deeds(all.replace(now())); }
  std::vector<std::string> terminate(int signal = SIGTERM) { return deeds(all.terminate(signal)); }
  std::vector<std::string> after(duration by) {
    time.advance(by);
    return deeds(all.passed(now()));
  }
  [[nodiscard]] mono_time now() const { return time.now().mono; }
  void serve() {
    begin();
    ready(0);
    time.advance(1min);
  }

  manual_clock time;
  supervision all;
};

TEST_F(a_supervisor, has_whoever_is_to_stay_read_its_settings_anew) {
  serve();
  EXPECT_THAT(reload(), ElementsAre("reloading", "signal 0 " + hup));
  replace();
  EXPECT_THAT(reload(), ElementsAre("reloading", "signal 0 " + hup, "signal 1 " + hup));
  ready(1);
  EXPECT_THAT(reload(), ElementsAre("reloading", "signal 1 " + hup)) << "the first is ending";
  terminate();
  EXPECT_THAT(reload(), IsEmpty());
}

TEST_F(a_supervisor, knows_when_a_reload_is_over_and_how_it_went) {
  serve();
  reload();
  EXPECT_THAT(reloaded(0), ElementsAre("reloaded"));
  EXPECT_THAT(reloaded(0), IsEmpty()) << "nobody asked";
  reload();
  reload();
  EXPECT_THAT(reloaded(0, false), IsEmpty()) << "one of two";
  EXPECT_THAT(reloaded(0), ElementsAre("reload refused"));
  reload();
  EXPECT_THAT(reloaded(0), ElementsAre("reloaded")) << "what was refused then is over";
}

TEST_F(a_supervisor, waits_for_no_reload_of_a_worker_that_ends) {
  serve();
  replace();
  reload();
  ready(1);
  EXPECT_THAT(reloaded(1), IsEmpty());
  EXPECT_THAT(reloaded(0, false), ElementsAre("reloaded")) << "who is ending refuses for that reason";
  reload();
  EXPECT_THAT(ended(1, killed), ElementsAre("reloaded", "start 1")) << "the next one reads them at its start";
  ready(1);
  reload();
  terminate();
  EXPECT_THAT(reloaded(1, false), IsEmpty()) << "by then all is ending";
}

TEST_F(a_supervisor, starts_one_worker_and_says_so_once_it_serves) {
  EXPECT_THAT(begin(), ElementsAre("start 0"));
  EXPECT_THAT(ready(0), ElementsAre("announce"));
  EXPECT_EQ(all.wake_at(), std::nullopt);
}

TEST_F(a_supervisor, ends_with_the_first_worker_that_can_not_start) {
  for (const int code : {exit_usage, exit_unavailable, exit_cannot_bind}) {
    all = supervision();
    begin();
    EXPECT_THAT(ended(0, exited(code)), ElementsAre("end " + std::to_string(code)));
  }
}

TEST_F(a_supervisor, starts_another_at_once_however_one_ends) {
  for (const int status : {killed, SIGSEGV, exited(70), exited(0), exited(exit_usage)}) {
    all = supervision();
    serve();
    EXPECT_THAT(ended(0, status), ElementsAre("start 0"));
    EXPECT_THAT(ready(0), IsEmpty()) << "announced once";
  }
}

TEST_F(a_supervisor, pauses_longer_and_longer_when_workers_die_at_their_start) {
  serve();
  EXPECT_THAT(ended(0, killed), ElementsAre("start 0"));
  EXPECT_THAT(ended(0, killed), ElementsAre("start 0")) << "once may be an accident";
  for (const duration pause : std::vector<duration>{100ms, 200ms, 400ms, 800ms, 1600ms, 3200ms, 5s, 5s}) {
    EXPECT_THAT(ended(0, killed), IsEmpty());
    ASSERT_EQ(all.wake_at(), now() + pause);
    EXPECT_THAT(after(pause - 1ns), IsEmpty());
    EXPECT_THAT(after(1ns), ElementsAre("start 0"));
  }
  ready(0);
  time.advance(1s);
  EXPECT_THAT(ended(0, killed), ElementsAre("start 0")) << "who lived for a second is no such case";
}

TEST_F(a_supervisor, gives_up_a_worker_that_does_not_get_ready) {
  begin();
  EXPECT_EQ(all.wake_at(), now() + 30s);
  EXPECT_THAT(after(30s), ElementsAre("signal 0 " + kill));
  EXPECT_THAT(after(1s), IsEmpty());
  EXPECT_THAT(ended(0, killed), ElementsAre("start 0"));
}

TEST_F(a_supervisor, replaces_a_worker_once_the_new_one_serves) {
  serve();
  EXPECT_THAT(replace(), ElementsAre("start 1"));
  EXPECT_THAT(ready(1), ElementsAre("signal 0 " + term));
  EXPECT_THAT(ended(0, exited(0)), IsEmpty());
  EXPECT_THAT(replace(), ElementsAre("start 0")) << "and back again";
}

TEST_F(a_supervisor, keeps_the_old_worker_when_the_new_one_fails) {
  serve();
  replace();
  EXPECT_THAT(ended(1, exited(exit_usage)), ElementsAre("give back 0"));
  replace();
  EXPECT_THAT(after(30s), ElementsAre("signal 1 " + kill));
  EXPECT_THAT(ended(1, killed), ElementsAre("give back 0"));
  EXPECT_EQ(all.wake_at(), std::nullopt);
}

TEST_F(a_supervisor, lets_a_worker_that_is_starting_take_the_place_of_one_that_dies) {
  serve();
  replace();
  EXPECT_THAT(ended(0, killed), IsEmpty());
  EXPECT_THAT(ready(1), IsEmpty());
  time.advance(1min);
  EXPECT_THAT(ended(1, killed), ElementsAre("start 0"));
}

TEST_F(a_supervisor, restarts_beside_one_that_drains) {
  serve();
  replace();
  ready(1);
  time.advance(1min);
  EXPECT_THAT(ended(1, killed), ElementsAre("start 1"));
  EXPECT_THAT(ready(1), IsEmpty()) << "a second signal would cut off what the old one still answers";
}

TEST_F(a_supervisor, replaces_one_after_the_other) {
  serve();
  replace();
  EXPECT_THAT(replace(), IsEmpty()) << "it is being done";
  ready(1);
  EXPECT_THAT(replace(), IsEmpty()) << "two are enough";
  EXPECT_THAT(ended(0, exited(0)), ElementsAre("start 0"));
}

TEST_F(a_supervisor, passes_signals_on_and_ends_after_the_last_worker) {
  serve();
  replace();
  ready(1);
  EXPECT_THAT(terminate(), ElementsAre("signal 0 " + term, "signal 1 " + term));
  EXPECT_THAT(terminate(SIGINT),
              ElementsAre("signal 0 " + std::to_string(SIGINT), "signal 1 " + std::to_string(SIGINT)));
  EXPECT_THAT(replace(), IsEmpty());
  EXPECT_THAT(ended(1, exited(0)), IsEmpty());
  EXPECT_THAT(ended(0, exited(0)), ElementsAre("end 0"));
}

TEST_F(a_supervisor, says_when_the_end_was_not_a_good_one) {
  serve();
  terminate();
  EXPECT_THAT(ended(0, killed), ElementsAre("end " + std::to_string(exit_software)));
  all = supervision();
  begin();
  terminate();
  EXPECT_THAT(ended(0, SIGTERM), ElementsAre("end 0")) << "it was told to before it could handle that";
}

TEST_F(a_supervisor, ends_at_once_between_two_workers) {
  serve();
  ended(0, killed);
  ended(0, killed);
  ended(0, killed);
  EXPECT_THAT(terminate(), ElementsAre("end 0"));
  EXPECT_EQ(all.wake_at(), std::nullopt);
}

}  // namespace
}  // namespace sidecache::app
