// The first bytes of a client's connection: find_head_end() and parse_request_head().
//
// Input: bytes as they come off the socket. Promised for all of them:
//  1. The end of the head is found at the same place however the bytes were cut on their way.
//  2. What is refused is refused with the status and code of a row of head_rules.
//  3. What is accepted holds no NUL, bare CR or LF, no control byte in a value, and is the lines that a naive reader,
//     written here, finds: same method, version, names and values, in the same order.
//  4. HTTP/1.1 has exactly one Host, HTTP/1.0 at most one; framing is unambiguous: at most one Content-Length or one
//     `Transfer-Encoding: chunked`, never both, and the body is what that field says.
//  5. The target is within its limit, a path or OPTIONS' asterisk, of visible ASCII without `#`.
//  6. What a block is recognised by (http::head_block) reads as the parser read it.
//  7. A head reused for another request keeps nothing of it, and narrower limits refuse more but change nothing else.
#include "http/head_parser.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/text.hpp"
#include "heads.hpp"
#include "http/head_block.hpp"
#include "http/head_rules.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

using namespace http;

std::optional<std::size_t> end_byte_by_byte(std::string_view bytes) {
  for (std::size_t arrived = 1; arrived <= bytes.size(); ++arrived)
    if (const auto end = find_head_end(bytes.substr(0, arrived), arrived - 1)) {
      require(*end <= arrived, "the head ends behind what has come");
      return end;
    }
  return std::nullopt;
}

void check_refusal(const refusal& why) {
  const bool known = std::ranges::any_of(
      head_rules, [&](const rule& r) { return r.code == why.code && r.status == why.status && r.why == why.message; });
  require(known, "a refusal that is no row of the table");
}

bool is_value_text(std::string_view value) {
  const bool plain = std::ranges::all_of(value, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7F);
  });
  return plain && trim(value) == value;
}

void check_lines(std::string_view head, const http::request_head& parsed) {
  while (head.starts_with("\r\n")) head.remove_prefix(2);
  auto lines = split(head, "\r\n");
  require(lines.size() >= 2 && lines.back().empty(), "the head does not end in a blank line");
  for (const auto line : lines)
    require(line.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos, "a line with CR, LF or NUL");
  auto first = lines.front();
  require(cut(first, " ") == parsed.method_name, "another method than the naive reader's");
  cut(first, " ");
  require(first == (parsed.version == 11 ? "HTTP/1.1" : "HTTP/1.0"), "another version than the naive reader's");
  require(lines.size() == parsed.fields.size() + 2, "another number of fields than the naive reader's");
  for (std::size_t i = 0; i < parsed.fields.size(); ++i) {
    auto line = lines[i + 1];
    const auto [name, value] = parsed.fields.at(i);
    require(cut(line, ":") == name && is_token(name), "a field's name");
    require(trim(line) == value && is_value_text(value), "a field's value");
  }
}

void check_framing(const http::request_head& parsed) {
  const auto hosts = parsed.fields.count("host");
  require(parsed.version == 11 ? hosts == 1 : hosts <= 1, "not one Host");
  const auto lengths = parsed.fields.count("content-length");
  const auto codings = parsed.fields.count("transfer-encoding");
  require(lengths + codings <= 1, "framed twice");
  require(parsed.body == (codings == 1   ? framing::chunked
                          : lengths == 1 ? framing::length
                                         : framing::none),
          "the body is not what the fields say");
  if (codings == 1)
    require(equal_ignoring_case(parsed.fields.find("transfer-encoding").value_or(""), "chunked"), "another coding");
  if (lengths == 0) return require(parsed.content_length == 0, "a length from nowhere");
  const auto text = parsed.fields.find("content-length").value_or("");
  std::uint64_t length = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
  require(error == std::errc{} && end == text.data() + text.size() && length == parsed.content_length, "a length");
  require(length <= INT64_MAX, "a length that some peers wrap");
}

void check_target(const http::request_head& parsed, const head_limits& limits) {
  const auto& target = parsed.target;
  require(!target.empty() && target.size() <= limits.target_bytes, "a target over its limit");
  require(target.front() == '/' || (target == "*" && parsed.method == method::options), "neither path nor asterisk");
  require(std::ranges::all_of(target, [](char c) { return c > 0x20 && c < 0x7F && c != '#'; }), "a byte of the target");
  require(is_token(parsed.method_name) && parsed.method != method::connect, "a method");
  require(parsed.method == method_from(parsed.method_name), "a method that is not its name");
}

/// Whatever it is parsed into, and under whatever limits, an accepted head is the same.
void check_limits(std::string_view head, const http::request_head& parsed) {
  http::request_head used;
  require(parse_request_head("PUT /a HTTP/1.0\r\nHost: h\r\nContent-Length: 9\r\nx: y\r\nExpect: 100-continue\r\n\r\n",
                             {}, used)
              .has_value(),
          "a plain request is refused");
  require(parse_request_head(head, {}, used).has_value() && same(used, parsed), "it depends on what was there before");
  const head_limits narrow{.header_bytes = 96, .target_bytes = 24};
  http::request_head out;
  if (const auto read = parse_request_head(head, narrow, out); read) {
    require(head.size() <= narrow.header_bytes && same(out, parsed), "narrower limits change a head");
    check_target(out, narrow);
  } else {
    require(read.error().status == 414 || read.error().status == 431, "narrower limits find another fault");
  }
}

/// The head with another trace context and request id.
std::string traced_anew(std::string_view head) {
  std::string out;
  for (const auto line : split(head, "\r\n")) {
    const auto colon = line.find(':');
    const auto name = line.substr(0, colon);
    const bool differs = equal_ignoring_case(name, "traceparent") || equal_ignoring_case(name, "x-request-id");
    if (!out.empty()) out.append("\r\n");
    if (differs && colon != std::string_view::npos) {
      out.append(name).append(": \t00-\xff-01 ");
    } else {
      out.append(line);
    }
  }
  return out;
}

void check_known(std::string_view head, const http::request_head& parsed) {
  const auto line = read_plain_get(head, head_limits{}.target_bytes);
  if (!line) return;
  const auto bytes = head.substr(line->size);
  const auto block = head_block::of(bytes, parsed);
  if (!block) return;
  const auto match = block->matches(bytes);
  require(match && match->size == bytes.size(), "a block does not know itself");
  http::request_head known;
  require(block->read(*line, bytes, known) && same(known, parsed), "a known head is read as another one");
  const auto anew = traced_anew(head);
  const auto other = std::string_view(anew).substr(line->size);
  const auto found = block->matches(other);
  http::request_head as_parsed;
  if (!found) return;  // a value began behind other spaces
  require(found->size == other.size(), "a block ends elsewhere");
  require(parse_request_head(anew, {}, as_parsed).has_value(), "what is recognised is refused");
  require(block->read(*line, other, known) && same(known, as_parsed), "a known head is read as another one");
}

}  // namespace

void request_head(std::string_view bytes) {
  const auto end = find_head_end(bytes, 0);
  require(end == end_byte_by_byte(bytes), "the end of the head depends on how it came");
  check_refusal(refuse_unfinished_head(bytes, {}));
  const auto head = bytes.substr(0, end.value_or(bytes.size()));
  if (end) require(find_head_end(head, 0) == head.size(), "the head does not end where it ends");

  http::request_head parsed;
  const auto read = parse_request_head(head, {}, parsed);
  if (!read) return check_refusal(read.error());
  require(end.has_value(), "accepted before its end came");
  check_lines(head, parsed);
  check_framing(parsed);
  check_target(parsed, {});
  check_limits(head, parsed);
  check_known(head, parsed);
}

}  // namespace sidecache::fuzz
