// The fields of an access line, in the order in which it has them: one table, from which the lines are written and the
// README's section on logs is made.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::metrics {

/// `time`, `level` and `message` are of every line; log.cpp writes them.
enum class access_field : std::uint8_t {
  time,
  level,
  message,
  method,
  path,
  route,
  outcome,
  status,
  bytes,
  duration_us,
  stale_age_s,
  plane,
  credential,
  request_id,
  trace_id,
};

struct access_field_row {
  std::string_view name;
  std::string_view when;  ///< "always", or of which requests
  std::string_view help;
};

constexpr std::array<access_field_row, 15> access_fields{{
    {"time", "always", "When the request was over: UTC, RFC 3339, milliseconds."},
    {"level", "always", "`info`."},
    {"message", "always", "`request`: what tells access lines from all others."},
    {"method", "always", "Cut to 32 bytes; empty where the head was refused before it was known."},
    {"path", "always", "Of the target, never its query; cut to 512 bytes and then ended by `...`. `-`: there is none."},
    {"route", "always", "As the label of the metrics."},
    {"outcome", "always", "As the label of the metrics."},
    {"status", "always", "Of the answer; 0: none was begun."},
    {"bytes", "always", "Sent to the client, head included."},
    {"duration_us", "always", "From the complete head to the last byte written, in microseconds."},
    {"stale_age_s", "a stale answer", "How many seconds ago the control plane gave it."},
    {"plane", "always", "The plane's name; of a request that belongs to none, those of the listener joined by `+`."},
    {"credential", "one credential came",
     "The first 8 hexadecimal digits of its keyed hash, as `/api/entries` shows it. The key is drawn at each start."},
    {"request_id", "`x-request-id` came, or was made", "Its value, cut to 128 bytes. Made: a UUID."},
    {"trace_id", "a valid `traceparent` came, or one was made", "Its trace-id, 32 hexadecimal digits."},
}};

[[nodiscard]] constexpr std::string_view name_of(access_field which) {
  return access_fields[static_cast<std::size_t>(which)].name;
}

/// A Markdown table: name, when it is there, what it says.
[[nodiscard]] std::string access_fields_markdown();

}  // namespace sidecache::metrics
