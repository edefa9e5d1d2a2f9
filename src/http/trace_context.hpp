// W3C Trace Context, level 1, as far as a proxy takes part in it: it reads the trace's id, and begins a trace for what
// it sends on without one.
//
// Pure: chances are passed in. A traceparent that came is never changed: sidecache is no span of anybody's trace.
#pragma once

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

/// Adds what a request on its way up has not, or empty: a traceparent, and an x-request-id. A tracestate without its
/// traceparent says nothing (§3.3.1.1) and goes.
void complete_trace_fields(fields& upstream, random_source& chances);

}  // namespace sidecache::http
