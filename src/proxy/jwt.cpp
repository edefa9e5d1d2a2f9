#include "proxy/jwt.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cmath>
#include <cstdint>
#include <string>

#include "base/text.hpp"

namespace sidecache::proxy {
namespace {

/// A JWT's payload is a few hundred bytes; a longer "token" is not decoded for a client's pleasure.
constexpr std::size_t longest_payload = std::size_t{16} * 1024;

int base64url_value(char c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  if (c == '-') return 62;
  return c == '_' ? 63 : -1;
}

std::optional<std::string> decode_base64url(std::string_view text) {
  std::string bytes;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    const int value = base64url_value(c);
    if (value < 0) return std::nullopt;
    bits = (bits << 6U) | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes.push_back(static_cast<char>((bits >> held) & 0xFFU));
  }
  return bytes;
}

std::optional<wall_time> at_second(double seconds) {
  // Ten thousand years bound what fits the clock's type; an `exp` beyond it is as good as none.
  if (!std::isfinite(seconds) || seconds < 0 || seconds > 3.2e11) return std::nullopt;
  return wall_time{std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6)}};
}

}  // namespace

std::optional<wall_time> jwt_expiry(std::string_view token) {
  if (starts_with_ignoring_case(token, "bearer ")) token = trim(token.substr(7));
  const auto first = token.find('.');
  if (first == std::string_view::npos) return std::nullopt;
  const auto second = token.find('.', first + 1);
  if (second == std::string_view::npos || token.find('.', second + 1) != std::string_view::npos) return std::nullopt;
  const std::string_view payload = token.substr(first + 1, second - first - 1);
  if (payload.size() > longest_payload) return std::nullopt;
  const auto decoded = decode_base64url(payload);
  if (!decoded) return std::nullopt;
  boost::system::error_code error;
  const boost::json::value parsed = boost::json::parse(*decoded, error);
  if (error || !parsed.is_object()) return std::nullopt;
  const auto* exp = parsed.as_object().if_contains("exp");
  if (exp == nullptr || !exp->is_number()) return std::nullopt;
  return at_second(exp->to_number<double>());
}

std::optional<wall_time> credential_expiry(const http::credential_view& credential) {
  const auto a = jwt_expiry(credential.authorization);
  const auto b = jwt_expiry(credential.api_key);
  if (a && b) return std::min(*a, *b);
  return a ? a : b;
}

}  // namespace sidecache::proxy
