#include "metrics/process_figures.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>

namespace sidecache::metrics {
namespace {

double figure(metric id) {
  std::vector<reading> all;
  append_process_figures(all);
  const auto found = std::ranges::find(all, id, &reading::id);
  return found == all.end() ? -1 : found->value;
}

TEST(process_figures, are_those_of_this_process) {
  EXPECT_GT(figure(metric::process_resident_memory), 1 << 20);
  EXPECT_GT(figure(metric::process_virtual_memory), figure(metric::process_resident_memory));
  EXPECT_GE(figure(metric::process_cpu), 0);
  EXPECT_GE(figure(metric::process_threads), 1);
  EXPECT_EQ(figure(metric::process_max_fds), static_cast<double>(::sysconf(_SC_OPEN_MAX)));
  const auto now = std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
  EXPECT_LT(figure(metric::process_start_time), now + 1);
  EXPECT_GT(figure(metric::process_start_time), now - 3600);
}

TEST(process_figures, a_descriptor_more_is_one_more) {
  const double before = figure(metric::process_open_fds);
  const int opened = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(figure(metric::process_open_fds), before + 1);
  ::close(opened);
  EXPECT_EQ(figure(metric::process_open_fds), before);
}

TEST(process_figures, a_command_named_to_confuse_does_not) {
  const auto stat = parse_process_stat(
      "77 (a) R 9 (b) S 1 2 3 4 5 6 7 8 9 10 150 50 11 12 20 0 4 0 3000 1048576 256 18446744073709551615 1 1\n", 100,
      4096);
  ASSERT_TRUE(stat.has_value());
  EXPECT_DOUBLE_EQ(stat->cpu_seconds, 2.0);
  EXPECT_DOUBLE_EQ(stat->threads, 4);
  EXPECT_DOUBLE_EQ(stat->start_seconds_after_boot, 30);
  EXPECT_DOUBLE_EQ(stat->virtual_bytes, 1048576);
  EXPECT_DOUBLE_EQ(stat->resident_bytes, 1048576);
}

TEST(process_figures, a_line_that_is_cut_or_garbled_gives_nothing) {
  EXPECT_FALSE(parse_process_stat("", 100, 4096));
  EXPECT_FALSE(parse_process_stat("77 (a) S 1 2 3", 100, 4096));
  EXPECT_FALSE(parse_process_stat("77 (a) S 1 2 3 4 x 6 7 8 9 10 150 50 11 12 20 0 4 0 3000 1 2 3", 100, 4096));
}

}  // namespace
}  // namespace sidecache::metrics
