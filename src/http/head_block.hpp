// The header block of a request: everything behind the request line, blank line included. Clients send the same one
// again and again, and a block that was parsed once is recognised by its bytes instead of being parsed anew.
//
// Theory of operation: a block is made of a head that the strict parser has accepted, and stands for every head whose
// block has the same bytes. The values of fields that differ from request to request and change nothing here (trace
// contexts, request ids) are gaps: any value matches that the parser would accept too, between the same bytes. The
// value of If-None-Match is a gap as well, and handed out. Nothing is loosened thereby: field names, their order, their
// framing and the end of the head are compared byte by byte.
//
//   Host: a CRLF | traceparent: 00-1c..-01 CRLF | accept: */* CRLF CRLF
//   -------- fixed ------------|--- gap ---|---------- fixed ---------
//
// What the parser would make of a head whose block is recognised is then known too, for what takes more than memory.
//
// The bytes hold credentials: wiped when the block is destroyed. Immutable, so any number of threads may read it.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "base/text.hpp"
#include "http/message.hpp"

namespace sidecache::http {

/// The request line of a GET of a path, `GET /... HTTP/1.1`, with nothing in its target but printable ASCII.
struct plain_get {
  std::string_view target;
  std::size_t size = 0;  ///< of the line with its CRLF: the block begins there
};
/// Nothing: it is none, or not whole yet, or over the limit.
[[nodiscard]] std::optional<plain_get> read_plain_get(std::string_view bytes, std::size_t most_target);

/// A field whose value is a gap.
[[nodiscard]] bool may_differ(std::string_view name);

class head_block {
 public:
  /// `block` is what stands behind the request line of a head that parse_request_head() accepted, and made `parsed` of.
  /// Nothing, if it has more gaps than are worth the while.
  [[nodiscard]] static std::optional<head_block> of(std::string_view block, const request_head& parsed);

  struct match {
    std::size_t size = 0;            ///< of the block in what was given
    std::string_view if_none_match;  ///< its value, "" if the block has none
  };
  /// `bytes` begin with this block.
  [[nodiscard]] std::optional<match> matches(std::string_view bytes) const;
  /// What parse_request_head() would make of the head whose first line is `line` and whose block is `bytes`, whole and
  /// matching. False: it would refuse the target.
  [[nodiscard]] bool read(const plain_get& line, std::string_view bytes, request_head& out) const;
  [[nodiscard]] bool asks_if_none_match() const { return asks_if_none_match_; }
  [[nodiscard]] std::size_t size() const { return bytes_.view().size(); }

 private:
  struct gap {
    std::uint32_t begin;
    std::uint32_t end;
    bool if_none_match;
  };
  head_block(std::string_view bytes, std::vector<gap> gaps, const request_head& parsed);
  static void find_gaps(std::string_view block, std::vector<gap>& out);
  friend void append_fixed_part(std::string_view block, std::string& out);

  secret bytes_;
  std::vector<gap> gaps_;
  bool asks_if_none_match_ = false;
  bool keep_alive_;
  bool expect_continue_;
  framing body_;
  std::uint64_t content_length_;
};

/// Calls `visit(name, value)` for each field of a block that was accepted.
template <class Visit>
void for_each_field(std::string_view block, Visit visit) {
  while (!block.empty()) {
    const auto end = std::min(block.find("\r\n"), block.size());
    const auto line = block.substr(0, end);
    block.remove_prefix(std::min(end + 2, block.size()));
    if (const auto colon = line.find(':'); colon != std::string_view::npos)
      visit(line.substr(0, colon), trim(line.substr(colon + 1)));
  }
}

/// A block without its gaps, appended: the same for all that one of them stands for.
void append_fixed_part(std::string_view block, std::string& out);

}  // namespace sidecache::http
