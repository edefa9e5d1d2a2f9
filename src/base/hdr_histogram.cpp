#include "base/hdr_histogram.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <iterator>

namespace sidecache {
namespace {

/// 2 * 10^3 places tell three digits apart; 2,048 is the next power of two.
constexpr unsigned half_bits = 10;
constexpr std::size_t half = std::size_t{1} << half_bits;
constexpr std::size_t places_in_first = 2 * half;
constexpr std::uint64_t longest_ns = static_cast<std::uint64_t>(hdr_histogram::longest.count());
constexpr std::size_t buckets = std::bit_width(longest_ns) - half_bits;
constexpr double ns_in_ms = 1e6;

double ms(std::uint64_t ns) { return static_cast<double>(ns) / ns_in_ms; }

}  // namespace

hdr_histogram::hdr_histogram() : counts_((buckets + 1) * half) {}

std::size_t hdr_histogram::place_of(std::uint64_t value) {
  const auto bucket = static_cast<unsigned>(std::bit_width(value | (places_in_first - 1))) - (half_bits + 1);
  return (bucket << half_bits) + static_cast<std::size_t>(value >> bucket);
}

std::uint64_t hdr_histogram::lowest_in(std::size_t place) {
  const std::size_t bucket = place < places_in_first ? 0 : (place >> half_bits) - 1;
  return static_cast<std::uint64_t>(place - (bucket << half_bits)) << bucket;
}

/// But what was recorded is no higher than the highest that was.
std::uint64_t hdr_histogram::highest_in(std::size_t place) const {
  return std::min(lowest_in(place + 1) - 1, static_cast<std::uint64_t>(max_.count()));
}

void hdr_histogram::record(duration latency, std::uint64_t times) {
  const duration kept = std::clamp(latency, duration{}, longest);
  counts_[place_of(static_cast<std::uint64_t>(kept.count()))] += times;
  count_ += times;
  sum_ += static_cast<double>(kept.count()) * static_cast<double>(times);
  max_ = std::max(max_, kept);
}

void hdr_histogram::add(const hdr_histogram& other) {
  std::ranges::transform(counts_, other.counts_, counts_.begin(), std::plus{});
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

duration hdr_histogram::mean() const {
  return count_ == 0 ? duration{} : duration(std::llround(sum_ / static_cast<double>(count_)));
}

duration hdr_histogram::deviation() const {
  if (count_ == 0) return {};
  const double mean = sum_ / static_cast<double>(count_);
  double squares = 0;
  for (std::size_t place = 0; place < counts_.size(); ++place) {
    if (counts_[place] == 0) continue;
    const double middle = (static_cast<double>(lowest_in(place)) + static_cast<double>(highest_in(place))) / 2;
    squares += (middle - mean) * (middle - mean) * static_cast<double>(counts_[place]);
  }
  return duration(std::llround(std::sqrt(squares / static_cast<double>(count_))));
}

duration hdr_histogram::percentile(double percent) const {
  if (count_ == 0) return {};
  // A hair less: 99.9 percent of 1,000 must be the 999th, though 99.9 / 100 * 1000 is 999.0000000000001.
  const double exact = std::nextafter(std::clamp(percent, 0.0, 100.0), 0.0) / 100 * static_cast<double>(count_);
  const std::uint64_t wanted = std::max<std::uint64_t>(static_cast<std::uint64_t>(std::ceil(exact)), 1);
  std::uint64_t seen = 0;
  for (std::size_t place = 0; place < counts_.size(); ++place) {
    seen += counts_[place];
    if (seen >= wanted) return duration(highest_in(place));
  }
  return max_;
}

/// Five lines for each halving of what is left above, as HdrHistogram's outputPercentileDistribution() has by default.
std::string hdr_histogram::text() const {
  std::string out =
      fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  auto to = std::back_inserter(out);
  constexpr double lines_a_halving = 5;
  const auto total = static_cast<double>(count_);
  double level = 0;  // in percent: the next line's
  std::uint64_t seen = 0;
  for (std::size_t place = 0; place < counts_.size() && seen < count_; ++place) {
    if (counts_[place] == 0) continue;
    seen += counts_[place];
    bool last = false;  // of the highest value one level, and then 1
    while (!last && 100.0 * static_cast<double>(seen) / total >= level) {
      last = seen == count_;
      fmt::format_to(to, "{:12.3f} {:2.12f} {:10} {:14.2f}\n", ms(highest_in(place)), level / 100, seen,
                     1 / (1 - level / 100));
      const double halvings = std::floor(std::log2(100 / (100 - level))) + 1;
      level += 100 / (lines_a_halving * std::exp2(halvings));
    }
  }
  const auto highest = static_cast<std::uint64_t>(max_.count());
  if (count_ > 0) fmt::format_to(to, "{:12.3f} {:2.12f} {:10}\n", ms(highest), 1.0, count_);
  fmt::format_to(to, "#[Mean    = {:12.3f}, StdDeviation   = {:12.3f}]\n",
                 static_cast<double>(mean().count()) / ns_in_ms, static_cast<double>(deviation().count()) / ns_in_ms);
  fmt::format_to(to, "#[Max     = {:12.3f}, Total count    = {:12}]\n", ms(highest), count_);
  fmt::format_to(to, "#[Buckets = {:12}, SubBuckets     = {:12}]\n", buckets, places_in_first);
  return out;
}

}  // namespace sidecache
