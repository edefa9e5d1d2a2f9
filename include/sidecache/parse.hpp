// From the bytes of a control plane's answer to a typed record.
//
// A record is a JSON object (RFC 8259) with a string `slug`, and an `object` that is absent, null or the kind's own. It
// comes bare or as {"success":true,"data":RECORD}. The whole text must be valid JSON and UTF-8, nested 256 deep at
// most; what else is in it is the control plane's business: fields of the wrong type read as absent, unknown ones are
// skipped, both are counted. Numbers that no double holds count as such, a lone surrogate (\ud800) reads as U+FFFD, and
// where a name stands twice in an object the last one counts, as in JavaScript.
//
// Threads: any, at once. The text need not be padded or ended by a NUL and is only read during the call. Nothing of it
// is kept but what the result holds. Memory: the result, and 4 bytes per byte of text while the call lasts; up to 256
// KiB of that (positions, no content) is kept per thread. Errors: by value, and none of them quotes the text. Throws
// std::bad_alloc only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>

#include "sidecache/integration.hpp"
#include "sidecache/provider.hpp"
#include "sidecache/virtual_key.hpp"

namespace sidecache::records {

/// Why a text is no record of the kind asked for.
enum class parse_error : std::uint8_t {
  too_large,      ///< over max_document_bytes
  not_json,       ///< invalid, incomplete, followed by something else, or not UTF-8
  too_deep,       ///< nested deeper than max_nesting
  not_an_object,  ///< JSON, but an array, a string, ...
  no_slug,        ///< an object, but `slug` is absent or no string
  other_object,   ///< its `object` names another kind
};
[[nodiscard]] std::string_view to_string(parse_error error);

constexpr std::size_t max_nesting = 256;
constexpr std::size_t max_document_bytes = std::size_t{64} << 20U;

[[nodiscard]] std::expected<integration, parse_error> parse_integration(std::string_view text);
[[nodiscard]] std::expected<virtual_key, parse_error> parse_virtual_key(std::string_view text);
[[nodiscard]] std::expected<provider, parse_error> parse_provider(std::string_view text);

}  // namespace sidecache::records
