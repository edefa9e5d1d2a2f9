#include "admin/browser_guard.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>

#include "base/text.hpp"

namespace sidecache::admin {
namespace {

/// Host's name without its port: "[::1]:9402" -> "[::1]"; "" if it can't be told apart.
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos || (end + 1 < host.size() && host[end + 1] != ':')) return {};
    return host.substr(0, end + 1);
  }
  const auto colon = host.find(':');
  return colon == host.rfind(':') ? host.substr(0, colon) : std::string_view{};
}

bool is_loopback(std::string_view name) {
  if (equal_ignoring_case(name, "localhost")) return true;
  boost::system::error_code error;
  if (name.starts_with('[')) {
    const auto v6 = boost::asio::ip::make_address_v6(std::string(name.substr(1, name.size() - 2)), error);
    return !error && v6.is_loopback();
  }
  const auto v4 = boost::asio::ip::make_address_v4(std::string(name), error);
  return !error && v4.is_loopback();
}

/// Origin is "scheme://host[:port]", or "null" where the browser hides it.
bool same_origin(std::string_view origin, std::string_view host) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return equal_ignoring_case(origin.substr(scheme.size()), host);
  }
  return false;
}

bool is_followed_link(const http::request_head& request) {
  return http::is_safe(request.method) && request.fields.find("Sec-Fetch-Mode") == "navigate" &&
         request.fields.find("Sec-Fetch-Dest") == "document";
}

}  // namespace

bool browser_guard::known_host(std::string_view host) const {
  const auto name = without_port(host);
  if (name.empty()) return false;
  return is_loopback(name) ||
         std::ranges::any_of(further_hosts_, [&](const auto& known) { return equal_ignoring_case(known, name); });
}

std::optional<refusal> browser_guard::check(const http::request_head& request) const {
  const auto& fields = request.fields;
  const auto host = fields.find("Host").value_or("");
  if (fields.count("Host") != 1 || !known_host(host)) {
    return refusal{"host_not_allowed", "Host names neither this machine nor a host that was configured"};
  }
  const refusal cross_site{"cross_site", "only this listener's own page may ask"};
  for (std::size_t i = 0; i < fields.size(); ++i) {
    const auto [name, value] = fields.at(i);
    if (equal_ignoring_case(name, "Origin") && !same_origin(value, host)) return cross_site;
    if (equal_ignoring_case(name, "Sec-Fetch-Site") && value != "same-origin" && value != "none" &&
        !is_followed_link(request)) {
      return cross_site;
    }
  }
  return std::nullopt;
}

}  // namespace sidecache::admin
