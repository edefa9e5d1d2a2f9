#include "mock/delay_distribution.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "base/text.hpp"
#include "base/units.hpp"

namespace sidecache::mock {
namespace {

constexpr std::string_view expected =
    "expected constant(20ms), uniform(10ms..30ms), exponential(mean=20ms) or lognormal(p50=20ms,p99=120ms)";
constexpr double ns_in_ms = 1e6;

/// Begins with the highest power.
double polynomial(std::span<const double> coefficients, double x) {
  double sum = 0;
  for (const double each : coefficients) sum = sum * x + each;
  return sum;
}

std::optional<double> positive(std::string_view text) {
  const auto parsed = parse_duration(trim(text));
  if (!parsed || *parsed < duration::zero() || *parsed > delay_distribution::longest) return std::nullopt;
  return static_cast<double>(parsed->count());
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

/// "0.99" or "99%"
std::optional<double> fraction_of(std::string_view text) {
  const bool percent = text.ends_with('%');
  if (percent) text.remove_suffix(1);
  auto value = number(text);
  if (value && percent) *value /= 100;
  if (value && (*value < 0 || *value > 1)) return std::nullopt;
  return value;
}

/// The value of "name=" if the text begins with it.
std::optional<double> named(std::string_view text, std::string_view name) {
  text = trim(text);
  if (!text.starts_with(name) || !text.substr(name.size()).starts_with('=')) return std::nullopt;
  return positive(text.substr(name.size() + 1));
}

/// The first word, which is taken off.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const auto word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

double normal_quantile(double fraction) {
  static constexpr std::array a{-3.969683028665376e+01, 2.209460984245205e+02,  -2.759285104469687e+02,
                                1.383577518672690e+02,  -3.066479806614716e+01, 2.506628277459239e+00};
  static constexpr std::array b{-5.447609879822406e+01, 1.615858368580409e+02,  -1.556989798598866e+02,
                                6.680131188771972e+01,  -1.328068155288572e+01, 1.0};
  static constexpr std::array c{-7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
                                -2.549732539343734e+00, 4.374664141464968e+00,  2.938163982698783e+00};
  static constexpr std::array d{7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00,
                                3.754408661907416e+00, 1.0};
  constexpr double tail = 0.02425;
  const double p = std::clamp(fraction, 1e-12, 1 - 1e-12);
  if (p > 1 - tail) return -normal_quantile(1 - p);
  if (p < tail) {
    const double q = std::sqrt(-2 * std::log(p));
    return polynomial(c, q) / polynomial(d, q);
  }
  const double q = p - 0.5;
  return polynomial(a, q * q) * q / polynomial(b, q * q);
}

std::expected<delay_distribution, std::string> delay_distribution::parse(std::string_view text) {
  const auto wrong = [] { return std::unexpected(std::string(expected)); };
  text = trim(text);
  const auto open = text.find('(');
  if (open == std::string_view::npos || !text.ends_with(')')) return wrong();
  const auto name = text.substr(0, open);
  const auto inside = text.substr(open + 1, text.size() - open - 2);
  if (name == "constant") {
    const auto value = positive(inside);
    if (value) return delay_distribution(uniform{*value, *value});
  } else if (name == "uniform") {
    const auto dots = inside.find("..");
    if (dots == std::string_view::npos) return wrong();
    const auto from = positive(inside.substr(0, dots));
    const auto to = positive(inside.substr(dots + 2));
    if (from && to && *from <= *to) return delay_distribution(uniform{*from, *to});
  } else if (name == "exponential") {
    const auto mean = named(inside, "mean");
    if (mean) return delay_distribution(exponential{*mean});
  } else if (name == "lognormal") {
    const auto comma = inside.find(',');
    if (comma == std::string_view::npos) return wrong();
    const auto p50 = named(inside.substr(0, comma), "p50");
    const auto p99 = named(inside.substr(comma + 1), "p99");
    if (p50 && p99 && *p50 > 0 && *p50 <= *p99)
      return delay_distribution(lognormal{std::log(*p50), std::log(*p99 / *p50) / normal_quantile(0.99)});
  }
  return wrong();
}

std::expected<delay_distribution::quantile, std::string> delay_distribution::read_line(std::string_view line,
                                                                                       bool hdr) {
  const auto first = take_word(line);
  const auto second = take_word(line);
  if (hdr) {
    const auto value = number(first);
    const auto fraction = fraction_of(second);
    if (value && fraction && *value >= 0 && *value * ns_in_ms <= static_cast<double>(longest.count()))
      return quantile{*fraction, *value * ns_in_ms};
    return std::unexpected("expected a value in milliseconds and a percentile, as HdrHistogram writes them");
  }
  const auto fraction = fraction_of(first);
  const auto value = positive(second);
  if (fraction && value && line.empty()) return quantile{*fraction, *value};
  return std::unexpected("expected a quantile and a delay of at most an hour: 0.99 120ms");
}

std::expected<delay_distribution, std::string> delay_distribution::parse_quantiles(std::string_view lines) {
  std::vector<quantile> read;
  bool hdr = false;
  for (std::size_t at = 1; !lines.empty(); ++at) {
    const auto end = std::min(lines.find('\n'), lines.size());
    auto line = lines.substr(0, end);
    lines.remove_prefix(std::min(lines.size(), end + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    line = trim(line);
    const auto bad = [&](const std::string& why) { return std::unexpected(std::to_string(at) + ": " + why); };
    if (line.starts_with("Value") && line.contains("Percentile")) hdr = true;
    if (line.empty() || line.starts_with('#') || line.starts_with("Value")) continue;
    const auto one = read_line(line, hdr);
    if (!one) return bad(one.error());
    if (!read.empty() && (one->fraction < read.back().fraction || one->value < read.back().value))
      return bad("expected quantiles and delays that go up");
    read.push_back(*one);
  }
  if (read.empty()) return std::unexpected("1: expected at least one quantile");
  return delay_distribution(std::move(read));
}

duration delay_distribution::at(double fraction) const {
  struct inverse {
    double u;
    double operator()(const uniform& of) const { return of.from + (of.to - of.from) * u; }
    double operator()(const exponential& of) const { return -of.mean * std::log1p(-u); }
    double operator()(const lognormal& of) const { return std::exp(of.mu + of.sigma * normal_quantile(u)); }
    /// Below the first quantile that is known and above the last there is nothing else to go by.
    double operator()(const std::vector<quantile>& of) const {
      const auto above = std::ranges::upper_bound(of, u, {}, &quantile::fraction);
      if (above == of.begin()) return of.front().value;
      if (above == of.end()) return of.back().value;
      const auto& below = *std::prev(above);
      return below.value + (above->value - below.value) * (u - below.fraction) / (above->fraction - below.fraction);
    }
  };
  const double value = std::visit(inverse{fraction}, shape_);
  return duration(std::llround(std::clamp(value, 0.0, static_cast<double>(longest.count()))));
}

}  // namespace sidecache::mock
