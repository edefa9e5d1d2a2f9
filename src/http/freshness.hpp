// What an answer of the origin says about how long it may be used (RFC 9111 §4.2), read once, when it came.
//
// Pure: the times of asking and answering are arguments. Nothing is decided here: how this and the settings go together
// (shortest, origin, settings) is the plan's to say. Where the RFC leaves a choice the shorter one is taken.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "http/fields.hpp"

namespace sidecache::http {

struct origin_freshness {
  bool no_store = false;
  bool no_cache = false;         ///< may be kept, but used only after revalidation
  bool must_revalidate = false;  ///< not served stale, in an outage either
  bool immutable = false;

  /// How long it is fresh, counted from when the origin made it: max-age, else Expires minus Date. 0 for what can't be
  /// read. Nothing if the origin did not say; heuristics from `last_modified` are not made here.
  std::optional<std::chrono::seconds> lifetime;
  /// How old it was when it had come (§4.2.3): what is fresh for `lifetime - initial_age` from then on.
  duration initial_age{};

  std::optional<std::chrono::seconds> stale_while_revalidate;
  std::optional<std::chrono::seconds> stale_if_error;

  bool vary_any = false;          ///< `Vary: *`, or one that can't be read: matches no other request
  std::vector<std::string> vary;  ///< lower case, sorted: the names that lookups neither key on nor are known to ignore

  std::string etag;                        ///< as it came, W/ and quotes included; "" if there is none to rely on
  std::optional<wall_time> date;           ///< as the origin's clock has it
  std::optional<wall_time> last_modified;  ///< not if it lies after `date` (RFC 9110 §8.8.2.1)

  [[nodiscard]] bool vary_unknown() const { return vary_any || !vary.empty(); }
};

/// `asked`: when the first byte of the request was about to be sent; `received`: when the head of the answer was there.
/// `targeted`: CDN-Cache-Control, where it can be read, stands in place of Cache-Control and Expires (RFC 9213).
[[nodiscard]] origin_freshness read_freshness(const fields& response, const instant& asked, const instant& received,
                                              bool targeted = false);

/// How long an answer without an explicit lifetime may be taken for fresh (RFC 9111 §4.2.2): a tenth of the time since
/// it was last changed, at most a day. Nothing without Last-Modified.
[[nodiscard]] std::optional<std::chrono::seconds> heuristic_lifetime(const origin_freshness& of, wall_time received);

/// True for a request header that a lookup's answer does not depend on, or that is part of its key anyway (the
/// credential, `x-portkey-*`), or that every lookup carries upstream with the same value: `Vary` on it changes nothing.
[[nodiscard]] bool vary_is_harmless(std::string_view name);

/// Whether an answer with that `vary` may be given to `request`. Lookups never carry such headers upstream, so what is
/// stored is the variant without them (§4.1): it matches those requests that don't carry them either.
[[nodiscard]] bool vary_matches(const origin_freshness& stored, const fields& request);

}  // namespace sidecache::http
