// What proxy_handler finds out about a header block: who asks, and which of its lines go upstream with a pass-through
// and with a fetch.
// Immutable, and of one handler.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/siphash.hpp"
#include "http/trace_context.hpp"
#include "proxy/exchange.hpp"
#include "proxy/lookup.hpp"

namespace sidecache::proxy {

/// The fields that go upstream with a pass-through or a fetch, as lines: those of the block that stay as they are, and
/// behind them those that this hop adds. Made of one request, and true of all that have its block: what differs among
/// them, the values of the block's gaps, is in lines that stay.
class passed_lines {
 public:
  /// `passed` is what the fields of `request` become on their way, but for the ids that it may be given. Nothing: not
  /// every request with this block can be told by its lines.
  [[nodiscard]] static std::optional<passed_lines> of(const http::request_head& request, const http::fields& passed);

  /// Appends them for `block`, each ended by CRLF, with the ids that it lacks. False: an id came empty, which is to be
  /// replaced, and `out` is unspecified.
  [[nodiscard]] bool append(std::string_view block, random_source& ids, http::made_ids& made, std::string& out) const;

 private:
  std::uint64_t kept_ = 0;      ///< a bit a line
  std::uint64_t of_an_id_ = 0;  ///< the same, of those that may not be empty
  std::string added_;
  bool traced_ = false;
  bool named_ = false;
};

struct known_client final : known_block {
  lookup begun;
  siphash_prefix hash;
  bool has_wishes = false;  ///< directives that were not to be honoured when it was looked at
  std::optional<passed_lines> passed;
  bool accepts_gzip = false;
  /// Of its fields as lookup_request() makes them; nothing where values of its gaps decide the answer too.
  std::optional<passed_lines> looked_up;
};

}  // namespace sidecache::proxy
