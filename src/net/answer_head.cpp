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

std::string_view connection_line(const connection_facts& facts) {
  if (facts.close) return "Connection: close\r\n";
  return facts.version == 10 ? "Connection: keep-alive\r\n" : "";
}

constexpr std::string_view length_name = "Content-Length: ";
constexpr std::size_t length_at_most = length_name.size() + 20 + 2;

/// Writes where there is room for what it writes: a hit pays for no second look.
class quick_writer {
 public:
  explicit quick_writer(char* to) : at_(to) {}
  void put(std::string_view text) { at_ = std::copy_n(text.data(), text.size(), at_); }
  void put_length(std::uint64_t length) {
    put(length_name);
    at_ = std::to_chars(at_, at_ + 20, length).ptr;
    put("\r\n");
  }
  [[nodiscard]] char* end() const { return at_; }

 private:
  char* at_;
};

void write_length(std::uint64_t length, std::string& out) {
  std::array<char, length_at_most> line;  // not cleared: a pass-through should not pay for it
  quick_writer to(line.data());
  to.put_length(length);
  out.append(line.data(), to.end());
}

}  // namespace

void write_head(const proxy::answer& what, const connection_facts& facts, std::string& out) {
  const bool dated = what.dated || has_date(what.head) || has_date(what.fields);
  const auto date = dated ? std::string_view{} : facts.date.line();
  const auto connection = connection_line(facts);
  const auto extra = what.extra.view();
  const auto before = out.size();
  const auto most = before + what.head.size() + what.fields.size() + extra.size() + date.size() + connection.size() +
                    length_at_most + 2;
  out.resize_and_overwrite(most, [&](char* bytes, std::size_t) {
    quick_writer to(bytes + before);
    to.put(what.head);
    to.put(what.fields);
    to.put(extra);
    to.put(date);
    to.put(connection);
    // A 304 may name the length that a 200 would have (RFC 9110 §8.6); a 204 may not name any.
    if (!has_no_body(what.status)) to.put_length(what.body.size());
    to.put("\r\n");
    return to.end() - bytes;
  });
}

void finish_head(const http::passed_head& head, const connection_facts& facts, std::string& out) {
  if (!head.dated) out.append(facts.date.line());
  out.append(connection_line(facts));
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
  out.append(connection_line(facts));
  const bool unnamed = names_length && head.body == http::framing::length && !head.fields.contains("content-length");
  if (framing.kind == http::framing::length) write_length(framing.length, out);
  if (unnamed) write_length(head.content_length, out);
  if (framing.kind == http::framing::chunked) out.append("Transfer-Encoding: chunked\r\n");
  out.append("\r\n");
}

}  // namespace sidecache::net
