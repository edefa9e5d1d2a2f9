#include "net/date_field.hpp"

#include <fmt/format.h>

namespace sidecache::net {

std::string_view date_field::line(std::time_t now) {
  if (now != second_) {
    constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::tm utc{};
    gmtime_r(&now, &utc);
    const auto written = fmt::format_to_n(
        text_.data(), text_.size(), "Date: {}, {:02} {} {:04} {:02}:{:02}:{:02} GMT\r\n",
        days.at(static_cast<std::size_t>(utc.tm_wday)), utc.tm_mday, months.at(static_cast<std::size_t>(utc.tm_mon)),
        utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
    size_ = written.size;
    second_ = now;
  }
  return {text_.data(), size_};
}

}  // namespace sidecache::net
