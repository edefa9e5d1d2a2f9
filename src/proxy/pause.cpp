#include "proxy/pause.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

#include "http/http_date.hpp"
#include "proxy/settings.hpp"

namespace sidecache::proxy {

duration pause_asked_for(const http::fields& of_429, wall_time now) {
  const auto text = of_429.find("retry-after");
  if (!text) return default_pause;
  std::uint32_t seconds = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), seconds);
  if (error == std::errc{} && end == text->data() + text->size())
    return std::min<duration>(std::chrono::seconds{seconds}, longest_pause);
  const auto date = http::parse_http_date(*text, now);
  if (!date) return default_pause;
  // Compared in microseconds: in nanoseconds a date past 292 years ahead overflows.
  using std::chrono::microseconds;
  return std::clamp(microseconds{*date - now}, microseconds{}, std::chrono::duration_cast<microseconds>(longest_pause));
}

duration with_jitter(duration pause, std::uint64_t random) {
  const duration most = std::max<duration>(pause / 10, std::chrono::milliseconds{100});
  const double part = static_cast<double>(random >> 11U) * 0x1p-53;  // within [0, 1)
  return pause + std::chrono::duration_cast<duration>(most * part);
}

}  // namespace sidecache::proxy
