// What `sidecache mock` reads before it listens: a timeline of faults, and what its machine allows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/fault_timeline_file.hpp"
#include "app/mock_capacity.hpp"

namespace sidecache::app {
namespace {

using mock::fault_kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

std::vector<mock::fault> timeline(const std::string& text) { return read_timeline("f.yaml", text).value(); }

TEST(fault_timeline, is_read_with_what_its_kinds_take_for_granted) {
  const auto all = timeline(R"(
- {at: 30s..90s, kind: brownout, share: 0.3, retry_after: 2}
- {at: 2m.., kind: reset, share: 0.01, path: /integrations/}
- {kind: throttle}
- {kind: trickle, bytes_per_second: 2000}
- {kind: latency, latency: 1s, jitter: 5ms}
- {kind: cut, bytes: 7}
)");
  ASSERT_EQ(all.size(), 7U);
  EXPECT_EQ(all[0].kind, fault_kind::latency);
  EXPECT_EQ(all[0].wait, 500ms);
  EXPECT_EQ(all[0].rate, 1.0) << "a brownout is slow for all";
  EXPECT_EQ(all[1].kind, fault_kind::error);
  EXPECT_EQ(all[1].status, 503U);
  EXPECT_EQ(all[1].rate, 0.3);
  EXPECT_EQ(all[1].retry_after, 2U);
  EXPECT_EQ(all[1].from, 30s);
  EXPECT_EQ(all[1].until, 90s);
  EXPECT_EQ(all[2].kind, fault_kind::reset);
  EXPECT_EQ(all[2].from, 2min);
  EXPECT_EQ(all[2].until, duration::max());
  EXPECT_EQ(all[2].path, "/integrations/");
  EXPECT_EQ(all[3].kind, fault_kind::rate_limit);
  EXPECT_EQ(all[3].retry_after, 1U);
  EXPECT_EQ(all[4].bytes, 100U);
  EXPECT_EQ(all[4].wait, 50ms);
  EXPECT_EQ(all[5].jitter, 5ms);
  EXPECT_EQ(all[6].kind, fault_kind::truncate);
}

TEST(fault_timeline, tells_all_that_is_wrong_by_line) {
  const auto read = read_timeline("f.yaml", R"(- {at: 90s..30s, kind: error}
- {kind: fire}
- kind: reset
  share: 1.5
  status: 500
- just text
- {kind: trickle, bytes_per_second: 0}
)");
  ASSERT_FALSE(read);
  std::vector<std::string> said;
  for (const auto& each : read.error()) said.push_back(each.message());
  EXPECT_THAT(said, ElementsAre(HasSubstr("f.yaml:1:8: [0].at: expected a span of time"),
                                HasSubstr("f.yaml:2:10: [1].kind: expected brownout, error"),
                                HasSubstr("f.yaml:4:10: [2].share: expected a number from 0 to 1"),
                                HasSubstr("f.yaml:5:3: [2].status: a setting that a reset has not"),
                                HasSubstr("f.yaml:6:3: [3]: expected a map"),
                                HasSubstr("f.yaml:7:37: [4].bytes_per_second: expected a whole number")));
  EXPECT_FALSE(read_timeline("f.yaml", "at: 3"));
  EXPECT_FALSE(read_timeline("f.yaml", "- ["));
}

TEST(mock_capacity, is_told_of_in_words_where_it_is_not_enough) {
  EXPECT_THAT(capacity_warnings(10'000, {.descriptors = 20'000, .backlog = 4096}), IsEmpty());
  EXPECT_THAT(capacity_warnings(10'000, {.descriptors = 20'000, .backlog = 0}), IsEmpty()) << "not known";
  EXPECT_THAT(capacity_warnings(100, {.descriptors = 1024, .backlog = 128}), IsEmpty());
  EXPECT_THAT(
      capacity_warnings(10'000, {.descriptors = 1024, .backlog = 128}),
      ElementsAre(AllOf(HasSubstr("need 10064 descriptors"), HasSubstr("may have 1024"), HasSubstr("ulimit -n")),
                  AllOf(HasSubstr("net.core.somaxconn is 128"), HasSubstr("net.core.somaxconn=4096"))));
}

}  // namespace
}  // namespace sidecache::app
