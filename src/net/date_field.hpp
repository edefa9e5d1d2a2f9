// The `Date` field (RFC 9110 §6.6.1), written once a second instead of once an answer. One per worker, used only there.
#pragma once

#include <array>
#include <ctime>
#include <string_view>

namespace sidecache::net {

class date_field {
 public:
  /// "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n". The view is good until the next call.
  [[nodiscard]] std::string_view line(std::time_t now);
  [[nodiscard]] std::string_view line() { return line(std::time(nullptr)); }

 private:
  std::time_t second_ = -1;
  std::array<char, 64> text_{};
  std::size_t size_ = 0;
};

}  // namespace sidecache::net
