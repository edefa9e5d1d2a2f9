// Three digits of every percentile, whatever the range; and the text that HdrHistogram's plotters read.
#include "base/hdr_histogram.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <sstream>
#include <vector>

#include "base/random_source.hpp"

namespace sidecache {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

/// Evenly over the orders of magnitude from a microsecond to an hour.
std::vector<duration> spread_values(std::size_t count) {
  random_source chances(3);
  std::vector<duration> made;
  for (std::size_t i = 0; i < count; ++i)
    made.emplace_back(std::llround(1e3 * std::exp(chances.unit() * std::log(3.6e9))));
  return made;
}

TEST(hdr_histogram_test, percentiles_are_within_a_thousandth_of_the_sorted_values) {
  auto values = spread_values(100'000);
  hdr_histogram histogram;
  for (const duration each : values) histogram.record(each);
  std::ranges::sort(values);
  for (const double percent : {0.1, 1.0, 10.0, 25.0, 50.0, 75.0, 90.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto place = static_cast<std::size_t>(std::llround(percent / 100 * 100'000)) - 1;
    const auto exact = static_cast<double>(values[place].count());
    const auto found = static_cast<double>(histogram.percentile(percent).count());
    EXPECT_GE(found, exact) << percent;
    EXPECT_LE(found, exact * 1.001) << percent;
  }
  EXPECT_EQ(histogram.max(), values.back());
  EXPECT_EQ(histogram.percentile(100), values.back());
}

TEST(hdr_histogram_test, small_values_are_exact_and_the_ends_are_kept) {
  hdr_histogram histogram;
  EXPECT_EQ(histogram.percentile(50), duration{});
  for (int ns = 1; ns <= 1'000; ++ns) histogram.record(nanoseconds(ns));
  EXPECT_EQ(histogram.percentile(50), nanoseconds(500));
  EXPECT_EQ(histogram.percentile(99.9), nanoseconds(999));
  EXPECT_EQ(histogram.mean(), nanoseconds(501));  // 500.5
  histogram.record(nanoseconds(-5));
  EXPECT_EQ(histogram.percentile(0), nanoseconds(0));
  histogram.record(hours(30));
  EXPECT_EQ(histogram.max(), hours(1));
}

TEST(hdr_histogram_test, two_together_are_what_one_would_have_been) {
  const auto values = spread_values(10'000);
  hdr_histogram all;
  hdr_histogram even;
  hdr_histogram odd;
  for (std::size_t i = 0; i < values.size(); ++i) {
    all.record(values[i]);
    (i % 2 == 0 ? even : odd).record(values[i]);
  }
  even.add(odd);
  EXPECT_EQ(even.text(), all.text());
  EXPECT_EQ(even.count(), 10'000);
}

TEST(hdr_histogram_test, its_text_is_the_formats) {
  hdr_histogram histogram;
  histogram.record(milliseconds(1), 9);
  histogram.record(milliseconds(100));
  std::istringstream text(histogram.text());
  std::string line;
  std::getline(text, line);
  EXPECT_EQ(line, "       Value     Percentile TotalCount 1/(1-Percentile)");
  std::getline(text, line);
  EXPECT_EQ(line, "");
  std::getline(text, line);
  EXPECT_EQ(line, "       1.000 0.000000000000          9           1.00");
  std::vector<std::string> rest;
  while (std::getline(text, line)) rest.push_back(line);
  ASSERT_EQ(rest.size(), 22);
  // The levels that its reporting iterator visits: 10 % steps up to a half, 5 % to three quarters, then 2.5 %.
  EXPECT_EQ(rest[4], "       1.000 0.500000000000          9           2.00");
  EXPECT_EQ(rest[8], "       1.000 0.700000000000          9           3.33");
  EXPECT_EQ(rest[16], "       1.000 0.900000000000          9          10.00");
  EXPECT_EQ(rest[17], "     100.000 0.912500000000         10          11.43");
  EXPECT_EQ(rest[18], "     100.000 1.000000000000         10");
  EXPECT_EQ(rest[19], "#[Mean    =       10.900, StdDeviation   =       29.691]")
      << "29.700, but by the middles of its places";
  EXPECT_EQ(rest[20], "#[Max     =      100.000, Total count    =           10]");
  EXPECT_EQ(rest[21], "#[Buckets =           32, SubBuckets     =         2048]");
}

TEST(hdr_histogram_test, of_nothing_there_is_a_text_too) {
  EXPECT_THAT(hdr_histogram().text(), testing::HasSubstr("Total count    =            0]"));
}

}  // namespace
}  // namespace sidecache
