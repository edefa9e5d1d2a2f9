// W3C Trace Context, level 1, as far as a proxy takes part in it: it reads the trace's id, and begins a trace for what
// it sends on without one.
//
// Pure: chances are passed in. A traceparent that came is never changed: sidecache is no span of anybody's trace.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/random_source.hpp"
#include "http/fields.hpp"

namespace sidecache::http {

/// The trace-id of a traceparent, 32 lower-case hexadecimal digits (§3.2.2); "" where it is malformed. Of a version
/// that is not known, what stands where version 00 has it (§4.3).
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);

/// Version 00, not sampled: whoever wants the trace recorded has to have begun it.
[[nodiscard]] std::string make_traceparent(random_source& chances);

/// A UUID of version 4 (RFC 9562 §5.4).
[[nodiscard]] std::string make_request_id(random_source& chances);

/// What a request on its way up was given because it came without; "" for what it brought itself. In place: every
/// request that goes upstream may be told of by an access line, and none should allocate for that.
class made_ids {
 public:
  [[nodiscard]] std::string_view trace_id() const { return {trace_.data(), traced_ ? trace_.size() : 0}; }
  [[nodiscard]] std::string_view request_id() const { return {request_.data(), named_ ? request_.size() : 0}; }
  void set_trace_id(std::string_view of) { traced_ = of.copy(trace_.data(), trace_.size()) == trace_.size(); }
  void set_request_id(std::string_view of) { named_ = of.copy(request_.data(), request_.size()) == request_.size(); }
  void clear() { traced_ = named_ = false; }

 private:
  std::array<char, 32> trace_;  // neither is cleared
  std::array<char, 36> request_;
  bool traced_ = false;
  bool named_ = false;
};

/// Adds what a request on its way up has not, or empty: a traceparent, and an x-request-id. A tracestate without its
/// traceparent says nothing (§3.3.1.1) and goes.
made_ids complete_trace_fields(fields& upstream, random_source& chances);

/// The same as lines of a head, "name: value" CRLF, for one that is known to have none.
void append_traceparent_line(random_source& chances, made_ids& made, std::string& out);
void append_request_id_line(random_source& chances, made_ids& made, std::string& out);

}  // namespace sidecache::http
