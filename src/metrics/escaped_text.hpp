// Bytes that others chose, made fit for a line of a log or a JSON text: no line breaks, no terminal sequences, always
// valid UTF-8.
#pragma once

#include <string>
#include <string_view>

namespace sidecache::metrics {

/// Appends it as a JSON string with its quotes (RFC 8259 §7): control bytes (DEL and C1 too) as \u00XX; where it isn't
/// UTF-8 throughout, U+FFFD for every byte over 0x7F.
void append_json_string(std::string& to, std::string_view text);

/// Appends it with control bytes (DEL and C1 too) as \xXX, and a backslash as two; where it isn't UTF-8 throughout,
/// bytes over 0x7F as \xXX as well.
void append_one_line(std::string& to, std::string_view text);

/// The same in double quotes, with those inside it escaped: a value of a key=value line.
void append_quoted(std::string& to, std::string_view text);

}  // namespace sidecache::metrics
