// What a head must not contain, and the scan that finds it: one row a rule, one code a rule, one test a row (in memory
// and at the wire). body_rules.hpp has those of bodies, and the README shows both.
//
// Theory of operation: scan_request_head() and scan_response_head() go through the lines once and stop at the first
// flaw. They are strict where peers differ in what they make of the same bytes, because each such difference lets one
// client slip a request past the other reader (request smuggling). What passes holds only lines of NAME ":" VALUE ended
// by CRLF, and at most one way to tell where the body ends. The facts they return view into the head. Of an answer the
// fields are copied on the way, or its lines if it only passes; a request is parsed by Beast after it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "http/fields.hpp"

namespace sidecache::http {

enum class flaw : std::uint8_t {
  bare_lf,
  bare_cr,
  control_byte,
  obs_fold,
  space_before_colon,
  no_colon,
  bad_field_name,
  head_too_large,
  target_too_long,
  bad_request_line,
  bad_status_line,
  bad_version,
  connect,
  bad_target,
  foreign_authority,
  missing_host,
  repeated_host,
  bad_host,
  conflicting_framing,
  repeated_length,
  bad_length,
  length_overflow,
  unsupported_coding,
  coding_in_http10,
  framing_without_body,
  unknown_expectation,
  bad_connection,
  nominated_field,
};

struct rule {
  flaw broken;
  unsigned status;        ///< of the refusal of a request; 502 where only an answer can have the flaw
  std::string_view code;  ///< one name in log, answer and test
  std::string_view why;   ///< what is expected instead, and where that is written
};

constexpr std::array head_rules{
    rule{flaw::bare_lf, 400, "bare_lf", "a line ends in LF alone, CRLF is expected (RFC 9112 section 2.2)"},
    rule{flaw::bare_cr, 400, "bare_cr", "a CR stands inside a line (RFC 9112 section 2.2)"},
    rule{flaw::control_byte, 400, "control_byte", "a NUL or another control byte (RFC 9110 section 5.5)"},
    rule{flaw::obs_fold, 400, "obs_fold", "a field line begins with white space (RFC 9112 section 5.2)"},
    rule{flaw::space_before_colon, 400, "space_before_colon",
         "white space between a field's name and its colon (RFC 9112 section 5.1)"},
    rule{flaw::no_colon, 400, "no_colon", "a field line without a name or a colon (RFC 9112 section 5)"},
    rule{flaw::bad_field_name, 400, "bad_field_name", "a field's name is not a token (RFC 9110 section 5.1)"},
    rule{flaw::head_too_large, 431, "head_too_large", "the head is over the limit (RFC 6585 section 5)"},
    rule{flaw::target_too_long, 414, "target_too_long", "the target is over the limit (RFC 9110 section 15.5.15)"},
    rule{flaw::bad_request_line, 400, "bad_request_line",
         "the request line is not METHOD SP TARGET SP HTTP/x.y (RFC 9112 section 3)"},
    rule{flaw::bad_status_line, 502, "bad_status_line",
         "the status line is not HTTP/1.x SP STATUS SP [REASON], with a status from 100 to 599 (RFC 9112 section 4)"},
    rule{flaw::bad_version, 505, "bad_version", "only HTTP/1.0 and HTTP/1.1 are spoken here (RFC 9110 section 15.6.6)"},
    rule{flaw::connect, 501, "connect", "this is no tunnel (RFC 9110 section 9.3.6)"},
    rule{flaw::bad_target, 400, "bad_target",
         "the target is no path, no http URL and not OPTIONS' asterisk, or has a fragment or bytes over 0x7F "
         "(RFC 9112 section 3.2)"},
    rule{flaw::foreign_authority, 400, "foreign_authority",
         "the target names another authority than Host (RFC 9112 section 3.2.2): clients do not choose the upstream"},
    rule{flaw::missing_host, 400, "missing_host", "HTTP/1.1 without Host (RFC 9112 section 3.2)"},
    rule{flaw::repeated_host, 400, "repeated_host", "more than one Host (RFC 9112 section 3.2)"},
    rule{flaw::bad_host, 400, "bad_host", "Host is not host[:port] (RFC 9112 section 3.2)"},
    rule{flaw::conflicting_framing, 400, "conflicting_framing",
         "both Content-Length and Transfer-Encoding (RFC 9112 section 6.3)"},
    rule{flaw::repeated_length, 400, "repeated_length", "more than one Content-Length (RFC 9112 section 6.3)"},
    rule{flaw::bad_length, 400, "bad_length",
         "Content-Length is not digits only: signed, listed or empty (RFC 9110 section 8.6)"},
    rule{flaw::length_overflow, 400, "length_overflow",
         "Content-Length is over 2^63-1, where some peers wrap (RFC 9110 section 8.6)"},
    rule{flaw::unsupported_coding, 400, "unsupported_coding",
         "Transfer-Encoding is anything but one `chunked` (RFC 9112 section 6.1)"},
    rule{flaw::coding_in_http10, 400, "coding_in_http10", "Transfer-Encoding in HTTP/1.0 (RFC 9112 section 6.1)"},
    rule{flaw::framing_without_body, 502, "framing_without_body",
         "a 1xx or 204 that announces a body (RFC 9110 section 8.6, RFC 9112 section 6.1)"},
    rule{flaw::unknown_expectation, 417, "unknown_expectation", "Expect is not 100-continue (RFC 9110 section 10.1.1)"},
    rule{flaw::bad_connection, 400, "bad_connection", "Connection is not a list of tokens (RFC 9110 section 7.6.1)"},
    rule{flaw::nominated_field, 400, "nominated_field",
         "Connection names a field that is for the control plane, which would lose it (RFC 9110 section 7.6.1)"},
};
[[nodiscard]] constexpr const rule& rule_of(flaw f) { return head_rules.at(static_cast<std::size_t>(f)); }

/// What the scan noticed on its way.
struct head_facts {
  std::string_view head;  ///< of a request, as Beast gets it: without empty lines in front, blank line included
  unsigned version = 11;
  std::optional<std::string_view> host;
  bool coding = false;  ///< Transfer-Encoding: chunked
  std::optional<std::uint64_t> length;
  bool close = false;       ///< Connection: close
  bool keep_alive = false;  ///< Connection: keep-alive
  bool expects = false;     ///< Expect: 100-continue

  std::string_view method;  ///< of a request
  std::string_view target;  ///< of a request: origin-form, `*`, or a query whose path was empty
  unsigned status = 0;      ///< of a response
  std::string_view reason;  ///< of a response
};

[[nodiscard]] std::expected<head_facts, flaw> scan_request_head(std::string_view head, std::size_t longest_target);
/// `out` takes the fields in place of what it held; it means nothing where a flaw is found.
[[nodiscard]] std::expected<head_facts, flaw> scan_response_head(std::string_view head, fields& out);

/// A whole answer's head on its way through, of which the lines go on as they came.
struct passed_head {
  unsigned status = 0;
  std::uint64_t length = 0;  ///< of the body; 0 where the status has none
  bool dated = false;        ///< a line is its Date
  bool coded = false;        ///< a line is its Content-Encoding
};
/// Appends to `out` what parse_response_head() and erase_hop_by_hop() would leave of the answer to a GET, written
/// again: the status line, and the fields but for Content-Length (which a 304 keeps). Nothing, with any part of it in
/// `out`, where a line is to be thought about: a flaw, HTTP/1.0, an interim answer, an end that Content-Length doesn't
/// tell, Connection with anything but keep-alive, Trailer.
[[nodiscard]] std::optional<passed_head> append_passed_head(std::string_view head, std::string& out);

}  // namespace sidecache::http
