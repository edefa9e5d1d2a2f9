// The ranks that are drawn have the distribution that the law says, for every shape of it.
#include "replay/zipf.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

namespace sidecache::replay {
namespace {

/// Pearson's statistic of so many draws against the law itself.
double chi_square(std::uint64_t records, double exponent, std::uint64_t draws) {
  std::vector<double> weights(records);
  for (std::size_t k = 0; k < records; ++k) weights[k] = std::pow(static_cast<double>(k + 1), -exponent);
  const double all = std::accumulate(weights.begin(), weights.end(), 0.0);

  const zipf law(records, exponent);
  random_source chances(20'260);
  std::vector<std::uint64_t> seen(records);
  for (std::uint64_t i = 0; i < draws; ++i) ++seen.at(law.rank(chances));

  double statistic = 0;
  for (std::size_t k = 0; k < records; ++k) {
    const double expected = weights[k] / all * static_cast<double>(draws);
    const double off = static_cast<double>(seen[k]) - expected;
    statistic += off * off / expected;
  }
  return statistic;
}

TEST(zipf_test, draws_follow_the_law) {
  // 99 degrees of freedom: 148.2 is exceeded once in a thousand times by a true sample (and the seed is fixed).
  for (const double exponent : {0.0, 0.5, 0.99, 1.0, 1.2, 2.0})
    EXPECT_LT(chi_square(100, exponent, 2'000'000), 148.2) << exponent;
}

TEST(zipf_test, the_test_tells_a_slightly_different_law_apart) {
  const zipf law(100, 1.01);
  random_source chances(20'260);
  std::uint64_t first = 0;
  for (int i = 0; i < 2'000'000; ++i) first += law.rank(chances) == 0 ? 1 : 0;
  const double at_099 = 2'000'000 / 5.2906;  // the sum of 1/k^0.99 over 100
  EXPECT_GT(static_cast<double>(first) - at_099, 4 * std::sqrt(at_099));
}

TEST(zipf_test, one_record_and_a_thousand_million_are_fine) {
  random_source chances(7);
  const zipf one(1, 0.99);
  const zipf many(1'000'000'000, 0.99);
  for (int i = 0; i < 1'000; ++i) {
    EXPECT_EQ(one.rank(chances), 0);
    EXPECT_LT(many.rank(chances), 1'000'000'000);
  }
}

}  // namespace
}  // namespace sidecache::replay
