// Keeps pages in somebody's browser away from the admin listener, which trusts whoever can connect to it.
//
// Two ways in, two checks. DNS rebinding: a page's own name is made to point to 127.0.0.1, and the browser then takes
// this listener for the page's own origin; but it still sends that name in Host, so only loopback names and configured
// ones are served. Cross-site requests: a page asks for http://127.0.0.1:9402 as itself; browsers say so in
// Sec-Fetch-Site and Origin (Fetch Metadata, W3C; RFC 6454 §7), so anything not same-origin is refused. Following a
// link to a page is let through, for it can be seen by the person alone. Whatever is no browser sends neither field.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.hpp"

namespace sidecache::admin {

struct refusal {
  std::string_view code;
  std::string_view message;
};

class browser_guard {
 public:
  /// Names or addresses that Host may have besides localhost, 127.0.0.0/8 and [::1]; without ports, IPv6 in brackets.
  explicit browser_guard(std::vector<std::string> further_hosts) : further_hosts_(std::move(further_hosts)) {}

  /// Nothing if the request may be answered.
  [[nodiscard]] std::optional<refusal> check(const http::request_head& request) const;

 private:
  [[nodiscard]] bool known_host(std::string_view host) const;

  std::vector<std::string> further_hosts_;
};

}  // namespace sidecache::admin
