#include "records/date_time.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/text.hpp"

namespace sidecache::records {
namespace {

using std::chrono::microseconds;

/// Takes pieces off the front of a text; the first that doesn't fit makes it bad for good.
class pieces {
 public:
  explicit pieces(std::string_view text) : rest_(text) {}

  /// Exactly so many digits, as a number up to `most`.
  int number(std::size_t digits, int most) {
    int value = 0;
    if (rest_.size() < digits) return refuse();
    for (std::size_t i = 0; i < digits; ++i) {
      if (!is_digit(rest_[i])) return refuse();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value <= most ? value : refuse();
  }
  void expect(char c) {
    if (!take(c)) refuse();
  }
  bool take(char c) {
    if (rest_.empty() || to_lower(rest_.front()) != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool take(std::string_view word) {
    if (!starts_with_ignoring_case(rest_, word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }
  /// The number of the three-letter name in `names` that comes next, or -1.
  template <std::size_t N>
  int one_of(const std::array<std::string_view, N>& names) {
    for (std::size_t i = 0; i < N; ++i) {
      if (take(names[i])) return static_cast<int>(i);
    }
    refuse();
    return -1;
  }
  int refuse() {
    bad_ = true;
    rest_ = {};
    return 0;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }
  [[nodiscard]] bool bad() const { return bad_; }

 private:
  std::string_view rest_;
  bool bad_ = false;
};

constexpr std::array<std::string_view, 7> day_names{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
constexpr std::array<std::string_view, 12> month_names{"jan", "feb", "mar", "apr", "may", "jun",
                                                       "jul", "aug", "sep", "oct", "nov", "dec"};

/// hh:mm:ss[.fraction], seconds to 60.
microseconds time_of_day(pieces& in) {
  microseconds time{};
  time += std::chrono::hours{in.number(2, 23)};
  in.expect(':');
  time += std::chrono::minutes{in.number(2, 59)};
  in.expect(':');
  time += std::chrono::seconds{in.number(2, 60)};
  if (!in.take('.')) return time;
  std::int64_t worth = 100'000;  // microseconds of the first digit
  if (in.rest().empty() || !is_digit(in.rest().front())) in.refuse();
  while (!in.rest().empty() && is_digit(in.rest().front())) {
    time += microseconds{in.number(1, 9) * worth};
    worth /= 10;
  }
  return time;
}

/// Z, or ±hh[[:]mm], perhaps after GMT or UTC; the whole rest.
microseconds offset(pieces& in) {
  if (in.take('z')) return {};
  const bool named = in.take("gmt") || in.take("utc");
  const bool east = in.take('+');
  if (!east && !in.take('-')) {
    if (!named) in.refuse();
    return {};
  }
  microseconds by = std::chrono::hours{in.number(2, 23)};
  if (in.take(':') || (!in.rest().empty() && is_digit(in.rest().front()))) {
    by += std::chrono::minutes{in.number(2, 59)};
  }
  return east ? by : -by;
}

std::optional<wall_time> assemble(pieces& in, std::chrono::year_month_day date, microseconds time, microseconds zone) {
  if (in.bad() || !in.rest().empty() || !date.ok()) return std::nullopt;
  return wall_time{std::chrono::sys_days{date}.time_since_epoch() + time - zone};
}

std::chrono::year_month_day civil(int year, int month, int day) {
  return {std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
          std::chrono::day{static_cast<unsigned>(day)}};
}

/// 2023-11-07T05:31:56.123Z
std::optional<wall_time> from_rfc3339(pieces in) {
  const int year = in.number(4, 9999);
  in.expect('-');
  const int month = in.number(2, 12);
  in.expect('-');
  const int day = in.number(2, 31);
  if (!in.take('t')) in.expect(' ');
  const microseconds time = time_of_day(in);
  in.take(' ');
  const microseconds zone = offset(in);
  return assemble(in, civil(year, month, day), time, zone);
}

/// Tue Nov 07 2023 05:31:56 GMT+0000 (Coordinated Universal Time)
std::optional<wall_time> from_javascript(pieces in) {
  in.one_of(day_names);
  in.expect(' ');
  const int month = in.one_of(month_names) + 1;
  in.expect(' ');
  const int day = in.number(2, 31);
  in.expect(' ');
  const int year = in.number(4, 9999);
  in.expect(' ');
  const microseconds time = time_of_day(in);
  in.expect(' ');
  const microseconds zone = offset(in);
  return assemble(in, civil(year, month, day), time, zone);
}

}  // namespace

std::optional<wall_time> parse_date_time(std::string_view text) {
  if (text.empty()) return std::nullopt;
  if (is_digit(text.front())) return from_rfc3339(pieces{text});
  if (const auto zone_name = text.find(" ("); zone_name != std::string_view::npos && text.ends_with(')')) {
    text = text.substr(0, zone_name);
  }
  return from_javascript(pieces{text});
}

}  // namespace sidecache::records
