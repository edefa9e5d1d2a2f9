#include "http/http_date.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <utility>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

using std::chrono::seconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> days{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                               "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

struct civil {
  unsigned weekday = 0;  ///< 0 is Sunday
  int year = 0;
  unsigned month = 0;
  unsigned day = 0;
  seconds of_day{};
};

/// Takes the text apart from the left. Once something did not fit, everything after it fails too.
class date_reader {
 public:
  explicit date_reader(std::string_view text) : left_(text) {}

  void literal(std::string_view expected) {
    if (starts_with_ignoring_case(left_, expected)) {
      left_.remove_prefix(expected.size());
    } else {
      ok_ = false;
    }
  }
  bool optional_literal(std::string_view expected) {
    if (!left_.starts_with(expected)) return false;
    left_.remove_prefix(expected.size());
    return true;
  }
  unsigned digits(std::size_t count) {
    unsigned number = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (left_.empty() || left_.front() < '0' || left_.front() > '9') return fail();
      number = number * 10 + static_cast<unsigned>(left_.front() - '0');
      left_.remove_prefix(1);
    }
    return number;
  }
  /// The index of the name at the front; names are compared by their first `size` characters, 0 for all.
  template <std::size_t N>
  unsigned name(const std::array<std::string_view, N>& names, std::size_t size) {
    for (unsigned i = 0; i < N; ++i) {
      const auto candidate = size == 0 ? names[i] : names[i].substr(0, size);
      if (!starts_with_ignoring_case(left_, candidate)) continue;
      left_.remove_prefix(candidate.size());
      return i;
    }
    return fail();
  }
  /// hh:mm:ss. A leap second is the last of a day and counts as the first of the next.
  seconds time_of_day() {
    const auto hour = digits(2);
    literal(":");
    const auto minute = digits(2);
    literal(":");
    const auto second = digits(2);
    const bool leap = hour == 23 && minute == 59 && second == 60;
    if (hour > 23 || minute > 59 || (second > 59 && !leap)) fail();
    return std::chrono::hours(hour) + std::chrono::minutes(minute) + seconds(second);
  }
  void zone() { literal(starts_with_ignoring_case(left_, " UTC") ? " UTC" : " GMT"); }
  [[nodiscard]] bool complete() const { return ok_ && left_.empty(); }

 private:
  unsigned fail() {
    ok_ = false;
    left_ = {};
    return 0;
  }

  std::string_view left_;
  bool ok_ = true;
};

std::optional<civil> read_imf_fixdate(std::string_view text) {
  date_reader in(text);
  civil c;
  c.weekday = in.name(days, 3);
  in.literal(", ");
  c.day = in.digits(2);
  in.literal(" ");
  c.month = in.name(months, 0) + 1;
  in.literal(" ");
  c.year = static_cast<int>(in.digits(4));
  in.literal(" ");
  c.of_day = in.time_of_day();
  in.zone();
  return in.complete() ? std::optional(c) : std::nullopt;
}

/// `year` is left in 0..99.
std::optional<civil> read_rfc850(std::string_view text) {
  date_reader in(text);
  civil c;
  c.weekday = in.name(days, 0);
  in.literal(", ");
  c.day = in.digits(2);
  in.literal("-");
  c.month = in.name(months, 0) + 1;
  in.literal("-");
  c.year = static_cast<int>(in.digits(2));
  in.literal(" ");
  c.of_day = in.time_of_day();
  in.zone();
  return in.complete() ? std::optional(c) : std::nullopt;
}

std::optional<civil> read_asctime(std::string_view text) {
  date_reader in(text);
  civil c;
  c.weekday = in.name(days, 3);
  in.literal(" ");
  c.month = in.name(months, 0) + 1;
  in.literal(" ");
  c.day = in.optional_literal(" ") ? in.digits(1) : in.digits(2);
  in.literal(" ");
  c.of_day = in.time_of_day();
  in.literal(" ");
  c.year = static_cast<int>(in.digits(4));
  return in.complete() ? std::optional(c) : std::nullopt;
}

year_month_day date_of(const civil& c) {
  return {std::chrono::year(c.year), std::chrono::month(c.month), std::chrono::day(c.day)};
}

/// RFC 9110 §5.6.7: a time that appears to be more than 50 years in the future lies in the past.
void choose_century(civil& c, wall_time now) {
  const year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const auto time_today = std::chrono::floor<seconds>(now - sys_days(today));
  const int limit = static_cast<int>(today.year()) + 50;
  c.year += limit / 100 * 100;
  const auto month_day = [](const year_month_day& d) { return std::pair(d.month(), d.day()); };
  const bool later_in_year = std::pair(month_day(date_of(c)), c.of_day) > std::pair(month_day(today), time_today);
  if (c.year > limit || (c.year == limit && later_in_year)) c.year -= 100;
}

}  // namespace

std::optional<wall_time> parse_http_date(std::string_view text, wall_time now) {
  auto read = read_imf_fixdate(text);
  if (!read) read = read_asctime(text);
  if (!read) {
    read = read_rfc850(text);
    if (read) choose_century(*read, now);
  }
  if (!read) return std::nullopt;
  const auto date = date_of(*read);
  if (!date.ok() || std::chrono::weekday(sys_days(date)).c_encoding() != read->weekday) return std::nullopt;
  return wall_time(sys_days(date)) + read->of_day;
}

std::string format_http_date(wall_time at) {
  constexpr wall_time first{sys_days(std::chrono::year(0) / 1 / 1)};
  constexpr wall_time last =
      wall_time{sys_days(std::chrono::year(9999) / 12 / 31)} + std::chrono::hours(24) - seconds(1);
  const auto bounded = std::clamp(at, first, last);
  const auto day = std::chrono::floor<std::chrono::days>(bounded);
  const year_month_day date(day);
  const std::chrono::hh_mm_ss of_day(std::chrono::floor<seconds>(bounded - day));
  std::string text;
  text.reserve(29);
  const auto two_digits = [&](auto number) {
    text.push_back(static_cast<char>('0' + number / 10));
    text.push_back(static_cast<char>('0' + number % 10));
  };
  text.append(days[std::chrono::weekday(day).c_encoding()].substr(0, 3)).append(", ");
  two_digits(static_cast<unsigned>(date.day()));
  text.append(" ").append(months[static_cast<unsigned>(date.month()) - 1]).append(" ");
  two_digits(static_cast<int>(date.year()) / 100);
  two_digits(static_cast<int>(date.year()) % 100);
  text.append(" ");
  two_digits(of_day.hours().count());
  text.append(":");
  two_digits(of_day.minutes().count());
  text.append(":");
  two_digits(of_day.seconds().count());
  return text.append(" GMT");
}

}  // namespace sidecache::http
