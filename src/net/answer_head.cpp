#include "net/answer_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.hpp"
#include "http/header_rules.hpp"

namespace sidecache::net {
namespace {

bool has_date(std::string_view head) {
  if (starts_with_ignoring_case(head, "date:")) return true;
  for (auto at = head.find('\n'); at != std::string_view::npos; at = head.find('\n', at + 1))
    if (starts_with_ignoring_case(head.substr(at + 1), "date:")) return true;
  return false;
}

void write_connection(const connection_facts& facts, std::string& out) {
  if (facts.close) {
    out.append("Connection: close\r\n");
  } else if (facts.version == 10) {
    out.append("Connection: keep-alive\r\n");
  }
}

void write_length(std::uint64_t length, std::string& out) {
  constexpr std::string_view name = "Content-Length: ";
  std::array<char, name.size() + 24> line;  // not cleared: a hit should not pay for it
  char* const digits = std::ranges::copy(name, line.data()).out;
  char* end = std::to_chars(digits, line.data() + line.size(), length).ptr;
  *end++ = '\r';
  *end++ = '\n';
  out.append(line.data(), end);
}

}  // namespace

void write_head(const proxy::answer& what, const connection_facts& facts, std::string& out) {
  out.append(what.head).append(what.fields).append(what.extra.view());
  if (!what.dated && !has_date(what.head) && !has_date(what.fields)) out.append(facts.date.line());
  write_connection(facts, out);
  // A 304 may name the length that a 200 would have (RFC 9110 §8.6); a 204 may not name any.
  if (!has_no_body(what.status)) write_length(what.body.size(), out);
  out.append("\r\n");
}

void finish_head(const http::passed_head& head, const connection_facts& facts, std::string& out) {
  if (!head.dated) out.append(facts.date.line());
  write_connection(facts, out);
  if (!has_no_body(head.status)) write_length(head.length, out);
  out.append("\r\n");
}

stream_framing frame_for(const http::response_head& head, http::method asked, unsigned version) {
  if (asked == http::method::head || has_no_body(head.status)) return {};
  switch (head.body) {
    case http::framing::none:
      return {.kind = http::framing::length};
    case http::framing::length:
      return {.kind = http::framing::length, .length = head.content_length};
    case http::framing::chunked:
    case http::framing::until_close:
      break;
  }
  // HTTP/1.0 knows no chunks: the end of the connection is the end of the body (RFC 9112 §6.3).
  if (version == 10) return {.kind = http::framing::until_close, .close = true};
  return {.kind = http::framing::chunked};
}

void write_head(http::response_head& head, const stream_framing& framing, const connection_facts& facts,
                std::string& out) {
  http::erase_hop_by_hop(head.fields);
  // An answer to HEAD, or a 304, may name the length that the body would have.
  const bool names_length = framing.kind == http::framing::none && head.status >= 200 && head.status != 204;
  if (!names_length) head.fields.erase("content-length");
  out.append("HTTP/1.1 ").append(std::to_string(head.status)).append(" ").append(head.reason).append("\r\n");
  head.fields.serialize(out);
  if (!head.fields.contains("date")) out.append(facts.date.line());
  write_connection(facts, out);
  const bool unnamed = names_length && head.body == http::framing::length && !head.fields.contains("content-length");
  if (framing.kind == http::framing::length) write_length(framing.length, out);
  if (unnamed) write_length(head.content_length, out);
  if (framing.kind == http::framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
}

}  // namespace sidecache::net
