#include "admin/audited_drills.hpp"

#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <sstream>

#include "base/manual_alarms.hpp"
#include "metrics/log.hpp"

namespace sidecache::admin {
namespace {

using namespace std::chrono_literals;

class one_desk final : public drill_desk {
 public:
  void begin_drill(mono_time now, duration how_long, std::string_view /*from*/) override { drill.begin(now, how_long); }
  [[nodiscard]] proxy::drill_report drill_report(mono_time now) const override { return drill.report(now); }
  proxy::drill drill;
};

class audited_drills_test : public testing::Test {
 protected:
  /// The lines so far, without what stands before the audit.
  std::vector<std::string> said() {
    log_.reset();
    std::istringstream lines(out_.str());
    std::vector<std::string> all;
    for (std::string line; std::getline(lines, line);) all.push_back(line.substr(line.find("audit ")));
    return all;
  }

  std::ostringstream out_;
  std::unique_ptr<metrics::log> log_ =
      std::make_unique<metrics::log>(metrics::log_settings{}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out_));
  manual_alarms alarms_;
  one_desk desk_;
  audited_drills drills_{desk_, alarms_};
  mono_time now_ = mono_time{} + 1h;
};

TEST_F(audited_drills_test, one_that_ends_by_itself_says_what_it_has_shown) {
  drills_.begin_drill(now_, 5min, "10.0.0.7");
  desk_.drill.stood_in();
  desk_.drill.failed(http::route::providers, "p");
  alarms_.ring(now_ + 5min - 1ns);
  alarms_.ring(now_ + 5min);
  EXPECT_EQ(said(),
            (std::vector<std::string>{"audit action=drill_start by=admin outcome=done from=\"10.0.0.7\" length_s=300",
                                      "audit action=drill_end by=sidecache outcome=done stood_in=1 failed=1"}));
}

TEST_F(audited_drills_test, one_that_was_ended_or_replaced_says_so_once) {
  drills_.begin_drill(now_, 5min, "10.0.0.7");
  desk_.drill.stood_in();
  drills_.begin_drill(now_ + 1min, 2h, "10.0.0.7");
  drills_.begin_drill(now_ + 2min, 0s, "10.0.0.7");
  drills_.begin_drill(now_ + 3min, 0s, "10.0.0.7");
  alarms_.ring(now_ + 10h);
  EXPECT_EQ(said(), (std::vector<std::string>{
                        "audit action=drill_start by=admin outcome=done from=\"10.0.0.7\" length_s=300",
                        "audit action=drill_end by=admin outcome=replaced from=\"10.0.0.7\" stood_in=1 failed=0",
                        "audit action=drill_start by=admin outcome=done from=\"10.0.0.7\" length_s=3600",
                        "audit action=drill_end by=admin outcome=done from=\"10.0.0.7\" stood_in=0 failed=0",
                        "audit action=drill_end by=admin outcome=none_was_on from=\"10.0.0.7\""}));
}

}  // namespace
}  // namespace sidecache::admin
