#include "net/upstream_request_head.hpp"

#include <string_view>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::net {
namespace {

/// The origin's own: Host says where this goes, Proxy-Authorization who may pass there, the others how this body is
/// framed.
bool is_added_here(std::string_view name) {
  return equal_ignoring_case(name, "Host") || equal_ignoring_case(name, "Content-Length") ||
         equal_ignoring_case(name, "Transfer-Encoding") || equal_ignoring_case(name, "Proxy-Authorization");
}

/// RFC 9110 §8.6: methods that expect content say so when there is none. Some servers answer 411 else.
bool announces_no_body(http::method method) {
  return method == http::method::post || method == http::method::put || method == http::method::patch;
}

}  // namespace

std::expected<std::string, std::string> upstream_request_head(const proxy::upstream_request& request,
                                                              const upstream_url& url, const upstream_proxy* through) {
  if (!http::is_visible(request.method_name)) return std::unexpected("a method that can't be written");
  if (!http::is_visible(request.target)) return std::unexpected("a target that can't be written");
  const bool asterisk = request.target == "*";  // OPTIONS * asks about the server, whatever the prefix
  if (!asterisk && request.target.front() != '/') return std::unexpected("a target that does not begin with a slash");

  std::string head;
  head.reserve(1024);
  head.append(request.method_name).append(" ");
  if (through) head.append("http://").append(url.authority);
  if (!asterisk) head.append(url.prefix);
  // To a proxy the asterisk is a URL without a path (RFC 9112 §3.2.4).
  if (!asterisk || !through) head.append(request.target);
  head.append(" HTTP/1.1\r\nHost: ").append(url.authority).append("\r\n");
  if (through && !through->authorization.empty())
    head.append("Proxy-Authorization: ").append(through->authorization.view()).append("\r\n");
  for (const auto& [name, value] : request.fields) {
    if (is_added_here(name)) continue;
    if (!http::is_visible(name) || !http::is_text(value)) return std::unexpected("a field that can't be written");
    head.append(name).append(": ").append(value).append("\r\n");
  }
  if (request.body == http::framing::chunked) {
    head.append("Transfer-Encoding: chunked\r\n");
  } else if (request.body == http::framing::length || announces_no_body(request.method)) {
    const auto length = request.body == http::framing::length ? request.content_length : 0;
    head.append("Content-Length: ").append(std::to_string(length)).append("\r\n");
  }
  head.append("\r\n");
  return head;
}

}  // namespace sidecache::net
