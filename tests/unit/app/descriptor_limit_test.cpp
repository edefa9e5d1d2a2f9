// What is allowed is used, and who asks for more connections than descriptors is told so.
#include "app/descriptor_limit.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

namespace sidecache::app {
namespace {

TEST(descriptor_limit, the_soft_limit_becomes_the_hard_one) {
  rlimit was{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &was), 0);
  const rlimit lowered{was.rlim_max / 2, was.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &lowered), 0);

  EXPECT_EQ(raise_descriptor_limit(), was.rlim_max);

  rlimit now{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, was.rlim_max);
  setrlimit(RLIMIT_NOFILE, &was);
}

TEST(descriptor_limit, connections_of_both_sides_are_counted) {
  config::settings values = config::default_settings();
  values.limits.connections = 1000;
  values.threads = 4;
  values.planes[0].upstream.max_connections = 10;
  values.planes[0].upstream.max_streams = 20;
  EXPECT_EQ(descriptors_needed(values), 1000u + 4 * 30 + 64);
}

TEST(descriptor_limit, only_too_few_are_warned_of) {
  const config::settings values = config::default_settings();
  const auto needed = descriptors_needed(values);
  EXPECT_EQ(descriptor_warning(values, needed), "");
  const auto warning = descriptor_warning(values, needed - 1);
  EXPECT_NE(warning.find("limits.connections (10000)"), std::string::npos) << warning;
  EXPECT_NE(warning.find(std::to_string(needed)), std::string::npos) << warning;
}

}  // namespace
}  // namespace sidecache::app
