// Delays follow the distribution that was asked for, and the same seed draws the same ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>

#include "base/hdr_histogram.hpp"
#include "mock/delay_distribution.hpp"
#include "mock/id_source.hpp"

namespace sidecache::mock {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr std::size_t bins = 50;
/// Of chi-square with 49 degrees of freedom: one in a million is above.
constexpr double unlikely = 111.0;

/// How far draws are from filling bins of equal probability equally. `cumulative` is the distribution they should have.
template <class Cumulative>
double chi_square(const delay_distribution& of, Cumulative cumulative) {
  constexpr int draws = 100'000;
  chance chances(7);
  std::array<double, bins> seen{};
  for (int i = 0; i < draws; ++i) {
    const double p = cumulative(static_cast<double>(of.at(chances.fraction()).count()));
    seen.at(std::min(bins - 1, static_cast<std::size_t>(p * bins))) += 1;
  }
  const double each = static_cast<double>(draws) / bins;
  double sum = 0;
  for (const double count : seen) sum += (count - each) * (count - each) / each;
  return sum;
}

delay_distribution parsed(std::string_view text) { return delay_distribution::parse(text).value(); }

double lognormal_below(double value, double p50, double p99) {
  const double sigma = std::log(p99 / p50) / 2.3263478740408408;
  return std::erfc(-std::log(value / p50) / sigma / std::sqrt(2.0)) / 2;
}

TEST(delay_distributions, are_drawn_as_they_are_named) {
  EXPECT_LT(chi_square(parsed("uniform(10ms..30ms)"), [](double ns) { return (ns - 10e6) / 20e6; }), unlikely);
  EXPECT_LT(chi_square(parsed("exponential(mean=20ms)"), [](double ns) { return 1 - std::exp(-ns / 20e6); }), unlikely);
  const auto lognormal = parsed("lognormal(p50=20ms,p99=120ms)");
  EXPECT_LT(chi_square(lognormal, [](double ns) { return lognormal_below(ns, 20e6, 120e6); }), unlikely);
  EXPECT_GT(chi_square(lognormal, [](double ns) { return lognormal_below(ns, 20e6, 125e6); }), unlikely)
      << "the test tells a slightly different one apart";
}

TEST(delay_distributions, have_the_quantiles_that_were_asked_for) {
  const auto lognormal = parsed(" lognormal( p50=20ms , p99=120ms ) ");
  EXPECT_NEAR(static_cast<double>(lognormal.at(0.5).count()), 20e6, 1e3);
  EXPECT_NEAR(static_cast<double>(lognormal.at(0.99).count()), 120e6, 1e3);
  EXPECT_EQ(parsed("constant(3ms)").at(0.7), 3ms);
  EXPECT_EQ(parsed("uniform(1ms..2ms)").at(0.25), 1250us);
  EXPECT_NEAR(static_cast<double>(parsed("exponential(mean=1s)").at(0.5).count()), std::log(2) * 1e9, 1e3);
  EXPECT_EQ(parsed("lognormal(p50=1ms,p99=1h)").at(1), delay_distribution::longest);
}

TEST(delay_distributions, are_refused_with_what_was_expected) {
  for (const std::string_view bad : {"", "20ms", "normal(20ms)", "constant(x)", "uniform(3ms)", "uniform(3ms..2ms)",
                                     "exponential(20ms)", "lognormal(p50=20ms)", "lognormal(p99=20ms,p50=1ms)",
                                     "lognormal(p50=0ms,p99=1ms)", "constant(2h)", "constant(20ms"}) {
    const auto made = delay_distribution::parse(bad);
    ASSERT_FALSE(made) << bad;
    EXPECT_THAT(made.error(), HasSubstr("lognormal(p50=20ms,p99=120ms)"));
  }
}

TEST(delay_quantiles, are_joined_by_straight_lines) {
  const auto made = delay_distribution::parse_quantiles("# ours\n0 10ms\r\n\n50% 20ms\n0.9 100ms\n1 1s\n").value();
  EXPECT_EQ(made.at(0), 10ms);
  EXPECT_EQ(made.at(0.25), 15ms);
  EXPECT_EQ(made.at(0.5), 20ms);
  EXPECT_EQ(made.at(0.7), 60ms);
  EXPECT_EQ(made.at(0.95), 550ms);
  EXPECT_EQ(delay_distribution::parse_quantiles("0.5 20ms\n0.9 30ms").value().at(0.99), 30ms);
}

TEST(delay_quantiles, are_read_from_what_a_replay_wrote) {
  const auto source = parsed("lognormal(p50=20ms,p99=120ms)");
  hdr_histogram measured;
  chance chances(3);
  for (int i = 0; i < 100'000; ++i) measured.record(source.at(chances.fraction()));
  const auto copy = delay_distribution::parse_quantiles(measured.text()).value();
  for (const double at : {0.1, 0.5, 0.9, 0.99}) {
    const auto wanted = static_cast<double>(measured.percentile(at * 100).count());
    EXPECT_NEAR(static_cast<double>(copy.at(at).count()), wanted, wanted * 0.02) << at;
  }
}

TEST(delay_quantiles, are_refused_by_their_line) {
  const auto error_in = [](std::string_view text) {
    const auto made = delay_distribution::parse_quantiles(text);
    return made ? std::string("none") : made.error();
  };
  EXPECT_THAT(error_in("0.5 20ms\n0.9 fast\n"), HasSubstr("2: expected a quantile"));
  EXPECT_THAT(error_in("0.5 20ms\n\n0.4 30ms\n"), HasSubstr("3: expected quantiles and delays that go up"));
  EXPECT_THAT(error_in("0.5 20ms\n0.6 10ms\n"), HasSubstr("2: expected quantiles and delays that go up"));
  EXPECT_THAT(error_in("1.5 20ms\n"), HasSubstr("1: expected"));
  EXPECT_THAT(error_in("0.5 20ms more\n"), HasSubstr("1: expected"));
  EXPECT_THAT(error_in("# nothing\n"), HasSubstr("at least one"));
}

}  // namespace
}  // namespace sidecache::mock
