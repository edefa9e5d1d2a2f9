// Ranks by Zipf's law: of n records the k-th is asked for in proportion to 1 / k^exponent.
//
// Theory of operation: rejection-inversion (Hörmann, Derflinger: "Rejection-inversion to generate variates from
// monotone discrete distributions", ACM TOMACS 6 (1996) 3). The area under x^-exponent is inverted, and what falls
// outside of the steps of the true distribution is drawn again, so the distribution is exact, and neither memory nor
// time grow with n. Exponent 0 is the uniform distribution.
// A value: immutable, any thread; the chances are the caller's.
#pragma once

#include <cstdint>

#include "base/random_source.hpp"

namespace sidecache::replay {

class zipf {
 public:
  /// `records` from 1, `exponent` from 0.
  zipf(std::uint64_t records, double exponent);

  /// 0 .. records-1, of which 0 is the most frequent.
  [[nodiscard]] std::uint64_t rank(random_source& chances) const;

 private:
  [[nodiscard]] double weight(double x) const;
  [[nodiscard]] double area(double x) const;
  [[nodiscard]] double inverse_area(double area) const;

  std::uint64_t records_;
  double exponent_;
  double area_first_;
  double area_last_;
  double sure_;  ///< a draw this close below its rank lies in the rank's step without a look
};

}  // namespace sidecache::replay
