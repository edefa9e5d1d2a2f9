// The head of an answer as it goes out: what the handler gave, and the fields that only the connection knows.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "http/head_rules.hpp"
#include "http/message.hpp"
#include "net/date_field.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::net {

/// RFC 9110 §6.4.1: these never have a body, whoever asked.
[[nodiscard]] constexpr bool has_no_body(unsigned status) { return status < 200 || status == 204 || status == 304; }

/// What the connection adds to a head.
struct connection_facts {
  unsigned version;  ///< of the request: 10 or 11
  bool close;
  date_field& date;
};

/// Appends the complete head of a stored answer, blank line included.
void write_head(const proxy::answer& what, const connection_facts& facts, std::string& out);

/// The same for one whose head is written but for what the connection adds.
void finish_head(const http::passed_head& head, const connection_facts& facts, std::string& out);

/// How a streamed answer's body is delimited for this client.
struct stream_framing {
  http::framing kind = http::framing::none;
  std::uint64_t length = 0;
  bool close = false;  ///< the connection must end after it
};
[[nodiscard]] stream_framing frame_for(const http::response_head& head, http::method asked, unsigned version);
[[nodiscard]] inline stream_framing frame_for(const http::response_head& head, const http::request_head& request) {
  return frame_for(head, request.method, request.version);
}

/// Appends the complete head of a streamed answer; takes what is hop-by-hop or frames it out of `head` first.
void write_head(http::response_head& head, const stream_framing& framing, const connection_facts& facts,
                std::string& out);

}  // namespace sidecache::net
