// How long answers take, as a distribution that a number from [0, 1) picks a delay of.
//
// By inversion: at(u) is the quantile of u, so one draw is one delay, whatever the distribution, and what was asked for
// can be looked up: at(0.99) is the 99th percentile. Immutable and pure.
//
//   constant(20ms)
//   uniform(10ms..30ms)
//   exponential(mean=20ms)
//   lognormal(p50=20ms,p99=120ms)
//   quantiles: pairs of a quantile and a delay, with straight lines between them
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.hpp"

namespace sidecache::mock {

class delay_distribution {
 public:
  /// Nothing waits longer: the tails of a lognormal have no end.
  static constexpr duration longest = std::chrono::hours(1);

  /// The error says what was expected.
  [[nodiscard]] static std::expected<delay_distribution, std::string> parse(std::string_view text);
  /// Lines of a quantile (`0.99` or `99%`) and a delay (`120ms`), or the percentile text of HdrHistogram, whose values
  /// are milliseconds and stand first, as `sidecache replay --hdr` writes it. The error begins with the line's number
  /// and a colon.
  [[nodiscard]] static std::expected<delay_distribution, std::string> parse_quantiles(std::string_view lines);

  /// `fraction` is at least 0 and below 1.
  [[nodiscard]] duration at(double fraction) const;

 private:
  struct uniform {
    double from, to;
  };
  struct exponential {
    double mean;
  };
  struct lognormal {
    double mu, sigma;
  };
  struct quantile {
    double fraction, value;
  };
  using shape = std::variant<uniform, exponential, lognormal, std::vector<quantile>>;  ///< in nanoseconds

  explicit delay_distribution(shape of) : shape_(std::move(of)) {}
  static std::expected<quantile, std::string> read_line(std::string_view line, bool hdr);

  shape shape_;
};

/// The quantile function of the standard normal distribution (Acklam's approximation: 1.2e-9 of relative error).
[[nodiscard]] double normal_quantile(double fraction);

}  // namespace sidecache::mock
