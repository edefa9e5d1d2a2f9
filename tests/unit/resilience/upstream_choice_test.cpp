// Which upstream is asked: order, weights, who is probed by whom.
#include "resilience/upstream_choice.hpp"

#include <gtest/gtest.h>

#include <array>

namespace sidecache::resilience {
namespace {

constexpr standing well{};
constexpr standing ill{.healthy = false};
constexpr standing due{.healthy = false, .probe_due = true};
constexpr standing left_out{.left_out = true};

std::optional<std::size_t> first_of(std::initializer_list<standing> from, probing may = probing::preferred) {
  return choose_upstream({from.begin(), from.size()}, false, may, 0.99);
}

TEST(upstream_choice_test, the_first_healthy_one_is_asked) {
  EXPECT_EQ(first_of({well, well}), 0U);
  EXPECT_EQ(first_of({ill, well}), 1U);
  EXPECT_EQ(first_of({left_out, well}), 1U);
  EXPECT_EQ(first_of({ill, ill}), std::nullopt);
}

TEST(upstream_choice_test, the_preferred_one_is_probed_when_that_is_due) {
  EXPECT_EQ(first_of({due, well}), 0U);
  EXPECT_EQ(first_of({due, well}, probing::never), 1U);
  EXPECT_EQ(first_of({ill, due, well}), 1U);
}

TEST(upstream_choice_test, nobody_waits_for_the_probe_of_a_spare) {
  EXPECT_EQ(first_of({well, due}), 0U);
  EXPECT_EQ(first_of({well, due}, probing::any), 1U);
}

TEST(upstream_choice_test, weights_share_them_out_among_the_healthy) {
  const std::array all{standing{.weight = 3}, standing{.weight = 1}, standing{.healthy = false, .weight = 100}};
  std::array<int, 3> chosen{};
  for (int i = 0; i < 400; ++i) ++chosen[choose_upstream(all, true, probing::preferred, i / 400.0).value_or(2)];
  EXPECT_EQ(chosen, (std::array{300, 100, 0}));
}

TEST(upstream_choice_test, with_weights_each_is_preferred_and_probed) {
  const std::array all{well, due};
  EXPECT_EQ(choose_upstream(all, true, probing::preferred, 0), 1U);
}

}  // namespace
}  // namespace sidecache::resilience
