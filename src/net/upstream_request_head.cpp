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

// What holds a credential does not grow: each step would leave a copy behind.
constexpr std::size_t framing_at_most = 64;
std::size_t size_of_beginning(std::string_view method, std::string_view path, std::string_view target,
                              const upstream_url& url, const upstream_proxy* through) {
  constexpr std::size_t constant = 64;
  return constant + method.size() + path.size() + target.size() + 2 * url.authority.size() +
         (through ? through->authorization.view().size() : 0);
}

/// To the end of the fields that are the origin's own. `path` is what stands before the target.
void append_beginning(std::string_view method, std::string_view path, std::string_view target, const upstream_url& url,
                      const upstream_proxy* through, std::string& head) {
  head.append(method).append(" ");
  if (through) head.append("http://").append(url.authority);
  head.append(path).append(target).append(" HTTP/1.1\r\nHost: ").append(url.authority).append("\r\n");
  if (through && !through->authorization.empty())
    head.append("Proxy-Authorization: ").append(through->authorization.view()).append("\r\n");
}

}  // namespace

std::expected<std::string, std::string> upstream_request_head(const proxy::upstream_request& request,
                                                              const upstream_url& url, const upstream_proxy* through) {
  if (!http::is_visible(request.method_name)) return std::unexpected("a method that can't be written");
  if (!http::is_visible(request.target)) return std::unexpected("a target that can't be written");
  const bool asterisk = request.target == "*";  // OPTIONS * asks about the server, whatever the prefix
  if (!asterisk && request.target.front() != '/') return std::unexpected("a target that does not begin with a slash");

  std::string head;
  // To a proxy the asterisk is a URL without a path (RFC 9112 §3.2.4).
  const std::string_view target = asterisk && through ? std::string_view{} : std::string_view(request.target);
  std::size_t size = size_of_beginning(request.method_name, url.prefix, target, url, through) + framing_at_most;
  for (const auto& [name, value] : request.fields) size += name.size() + value.size() + 4;
  head.reserve(size);
  append_beginning(request.method_name, asterisk ? std::string_view{} : std::string_view(url.prefix), target, url,
                   through, head);
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

std::string upstream_request_head(const proxy::ready_request& request, const upstream_url& url,
                                  const upstream_proxy* through) {
  std::string head;
  head.reserve(size_of_beginning("GET", url.prefix, request.target, url, through) + request.lines.size() + 2);
  append_beginning("GET", url.prefix, request.target, url, through, head);
  head.append(request.lines).append("\r\n");
  return head;
}

}  // namespace sidecache::net
