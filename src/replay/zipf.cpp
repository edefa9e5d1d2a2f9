#include "replay/zipf.hpp"

#include <algorithm>
#include <cmath>

namespace sidecache::replay {
namespace {

/// log(1+x)/x and (exp(x)-1)/x by their series where the quotient of two tiny numbers would lose its digits: near
/// exponent 1 both are asked about 0.
constexpr double tiny = 1e-8;

double log1p_over(double x) { return std::abs(x) > tiny ? std::log1p(x) / x : 1 - x * (0.5 - x / 3); }
double expm1_over(double x) { return std::abs(x) > tiny ? std::expm1(x) / x : 1 + x * (0.5 + x / 6); }

}  // namespace

zipf::zipf(std::uint64_t records, double exponent)
    : records_(std::max<std::uint64_t>(records, 1)),
      exponent_(exponent),
      area_first_(area(1.5) - 1),
      area_last_(area(static_cast<double>(records_) + 0.5)),
      sure_(2 - inverse_area(area(2.5) - weight(2))) {}

double zipf::weight(double x) const { return std::exp(-exponent_ * std::log(x)); }

double zipf::area(double x) const {
  const double logarithm = std::log(x);
  return expm1_over((1 - exponent_) * logarithm) * logarithm;
}

double zipf::inverse_area(double area) const {
  const double t = std::max(area * (1 - exponent_), -1.0);  // rounding may lead a hair below
  return std::exp(log1p_over(t) * area);
}

std::uint64_t zipf::rank(random_source& chances) const {
  while (true) {
    const double drawn = area_last_ + chances.unit() * (area_first_ - area_last_);
    const double x = inverse_area(drawn);
    const double k = std::clamp(std::floor(x + 0.5), 1.0, static_cast<double>(records_));
    if (k - x <= sure_ || drawn >= area(k + 0.5) - weight(k)) return static_cast<std::uint64_t>(k) - 1;
  }
}

}  // namespace sidecache::replay
