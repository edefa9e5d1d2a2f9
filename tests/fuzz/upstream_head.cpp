// What a control plane answers, or whoever answers in its place: parse_response_head() and body_decoder.
//
// Input: a first line that says how the bytes arrive (each byte of it is the size of a piece, beginning anew at its
// end; an `H` in front means that HEAD was asked), then the answer. Promised for all of them:
//  1. An accepted head has a status of 100 to 599, no control bytes in its fields, one framing at most, no body where
//     none may be (HEAD, 1xx, 204, 304), and parsed again from what is kept of it is the same.
//  2. The body, the trailers, where it ends and why it is refused are the same however the bytes were cut.
//  3. Pieces are parts of the input, in order; bytes behind the end are never consumed, whatever they are.
//  4. A chunked body that was accepted, sent again as one chunk, is the same body with the same trailers; and any bytes
//     at all, sent in chunks, arrive as they are.
//  5. What is kept of a head is a fixed point: keeping it again drops nothing more.
//  6. A head that goes on line by line goes on as the parsed one, written again; and none does that is not accepted.
#include <algorithm>
#include <cstddef>
#include <string>

#include "base/text.hpp"
#include "heads.hpp"
#include "http/body_decoder.hpp"
#include "http/content_coding.hpp"
#include "http/head_filler.hpp"
#include "http/head_parser.hpp"
#include "http/header_rules.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

struct decoded {
  std::string body;
  std::string error;
  std::string trailers;
  std::size_t consumed = 0;  ///< only where there was no error
  bool done = false;
  bool complete = false;  ///< if the connection ends now

  bool operator==(const decoded&) const = default;
};

/// As decoded from pieces of the sizes that `cuts` says; "": from one.
decoded decode(http::framing framing, std::uint64_t length, std::string_view input, std::string_view cuts) {
  http::body_decoder decoder(framing, length);
  decoded out;
  std::size_t arrived = 0;
  for (std::size_t turn = 0; arrived < input.size() && !decoder.done(); ++turn) {
    const std::size_t size =
        cuts.empty() ? input.size() : 1U + static_cast<unsigned char>(cuts[turn % cuts.size()]) % 61U;
    arrived = std::min(arrived + size, input.size());
    while (!decoder.done() && out.consumed < arrived) {
      const auto rest = input.substr(out.consumed, arrived - out.consumed);
      const auto step = decoder.next(rest);
      if (!step) {
        out.error = step.error();
        out.consumed = 0;
        return out;
      }
      require(step->consumed <= rest.size() && step->consumed > 0, "consumed nothing, or more than there is");
      require(step->piece.empty() || (step->piece.data() >= rest.data() &&
                                      step->piece.data() + step->piece.size() == rest.data() + step->consumed),
              "a piece that is not what was consumed last");
      out.body.append(step->piece);
      out.consumed += step->consumed;
    }
  }
  out.done = decoder.done();
  out.complete = decoder.at_end_of_connection();
  decoder.trailers().serialize(out.trailers);
  return out;
}

void check_fields(const http::response_head& head, http::method asked) {
  require(head.status >= 100 && head.status <= 599, "a status that is none");
  for (const auto& [name, value] : head.fields)
    require(http::is_token(name) && http::detail::all_of_class(value, http::detail::text_byte), "a field's bytes");
  require(head.fields.count("content-length") + head.fields.count("transfer-encoding") <= 1, "framed twice");
  if (asked == http::method::head || head.status < 200 || head.status == 204 || head.status == 304)
    require(head.body == http::framing::none, "a body where there is none");
}

/// What is stored of a head goes out as it is: it must be read by clients as it was read here.
void check_kept(const http::response_head& head) {
  const auto kept = http::stored_fields(head.fields);
  require(same(http::stored_fields(kept), kept), "what is kept is not all kept");
  for (const auto& [name, value] : kept)
    require(!http::is_hop_by_hop(name) && !head.fields.lists("connection", name), "one connection's field is kept");
  std::string text = "HTTP/1.1 " + std::to_string(head.status) + " " + head.reason + "\r\n";
  kept.serialize(text);
  text.append("\r\n");
  http::response_head again;
  require(http::parse_response_head(text, http::method::get, again).has_value(), "what is kept can't be read again");
  require(again.status == head.status && again.reason == head.reason && same(again.fields, kept), "kept otherwise");
  auto plain = head;
  if (!http::is_undoable_gzip(plain)) return;
  http::undo_gzip(plain);
  require(!http::is_undoable_gzip(plain) && plain.content_length == 0, "gzip is undone and still there");
}

/// Nothing for no bytes: a chunk of none would be the last.
std::string chunk_of(std::string_view bytes) {
  if (bytes.empty()) return {};
  constexpr std::string_view digits = "0123456789abcdef";
  std::string size;
  for (auto left = bytes.size(); left > 0; left /= 16) size.insert(size.begin(), digits[left % 16]);
  return size.append("\r\n").append(bytes).append("\r\n");
}

void check_any_bytes(std::string_view bytes, std::string_view cuts) {
  std::string sent;
  auto rest = bytes;
  for (const char cut : cuts) {
    const auto size = std::min<std::size_t>(static_cast<unsigned char>(cut), rest.size());
    sent.append(chunk_of(rest.substr(0, size)));
    rest.remove_prefix(size);
  }
  sent.append(chunk_of(rest)).append("0\r\n\r\n");
  const auto got = decode(http::framing::chunked, 0, sent, cuts);
  require(got.done && got.body == bytes && got.consumed == sent.size(), "bytes in chunks do not arrive");
}

void check_sent_again(const decoded& whole, http::framing framing) {
  if (framing != http::framing::chunked || !whole.done) return;
  const auto again = chunk_of(whole.body) + "0\r\n" + whole.trailers + "\r\n";
  const auto second = decode(framing, 0, again, "");
  require(second.done && second.consumed == again.size(), "sent again it is refused");
  require(second.body == whole.body && second.trailers == whole.trailers, "sent again it is another body");
}

void check_body(const http::response_head& head, std::string_view input, std::string_view cuts) {
  const auto whole = decode(head.body, head.content_length, input, "");
  require(decode(head.body, head.content_length, input, cuts) == whole, "the body depends on how it was cut");
  require(decode(head.body, head.content_length, input, std::string_view("\0", 1)) == whole, "byte by byte it differs");
  if (head.body == http::framing::length)
    require(whole.done == (input.size() >= head.content_length), "a counted body that is not its length");
  if (!whole.done) return;
  const std::string more = std::string(input) + "HTTP/1.1 200 OK\r\n\r\n";
  require(decode(head.body, head.content_length, more, cuts) == whole, "what follows a body changes it");
  check_sent_again(whole, head.body);
}

/// Beast's parser is a second reader: what the strict scan accepts, it must accept too, and find the same in it.
/// Neither knows of the other, so a mistake of one of them shows.
void check_by_beast(std::string_view bytes, const http::response_head& head) {
  while (bytes.starts_with("\r\n") && bytes.size() > 2) bytes.remove_prefix(2);  // RFC 9112 section 2.2: none of a head
  http::fields found;
  http::head_filler<false> beast(found);
  require(beast.fill(bytes), "Beast refuses what was accepted");
  http::fields trimmed;
  for (const auto& [name, value] : found) trimmed.add(name, trim(value));
  require(beast.reason() == head.reason && same(trimmed, head.fields), "Beast reads something else");
}

void check_passed(std::string_view bytes) {
  std::string passed;
  const auto lines = http::append_passed_head(bytes, passed);
  if (!lines) return;
  http::response_head head;
  require(http::parse_response_head(bytes, http::method::get, head).has_value(), "passed, and would be refused");
  require(head.version == 11 && head.status >= 200 && !head.fields.lists("connection", "close"), "not to be passed");
  require(lines->status == head.status && lines->length == head.content_length * (head.body == http::framing::length),
          "passed as another one");
  require(head.body == http::framing::length || head.body == http::framing::none, "passed without an end");
  http::erase_hop_by_hop(head.fields);
  if (head.status != 304) head.fields.erase("content-length");
  std::string written = "HTTP/1.1 " + std::to_string(head.status) + " " + head.reason + "\r\n";
  head.fields.serialize(written);
  require(passed == written, "line by line it is another head");
  require(lines->dated == head.fields.contains("date") && lines->coded == head.fields.contains("content-encoding"),
          "what is told of it is wrong");
}

}  // namespace

void upstream_head(std::string_view bytes) {
  const auto cuts = cut(bytes, "\n");
  const auto asked = cuts.starts_with('H') ? http::method::head : http::method::get;
  const auto end = http::find_head_end(bytes, 0);
  if (!end) return;
  check_passed(bytes.substr(0, *end));
  http::response_head head;
  if (!http::parse_response_head(bytes.substr(0, *end), asked, head)) return;
  check_fields(head, asked);
  check_by_beast(bytes.substr(0, *end), head);
  check_kept(head);
  check_body(head, bytes.substr(*end), cuts);
  check_any_bytes(bytes.substr(*end), cuts);
}

}  // namespace sidecache::fuzz
