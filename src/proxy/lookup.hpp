// The words of a lookup's life, as core and those who ask it have them in common: what was asked, what memory has for
// it, what came of the fetch that was made for it. Plain values; an entry is shared and immutable, and so is a landing
// once it has landed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "cache/entry.hpp"
#include "cache/flights.hpp"
#include "proxy/settings.hpp"
#include "proxy/verdict.hpp"

namespace sidecache::proxy {

using entry_ptr = std::shared_ptr<const cache::entry>;

/// A lookup as the cache sees it.
struct lookup {
  records::kind kind = records::kind::integration;
  std::string ident;      ///< slug or UUID, decoded
  std::string key;        ///< partition, variant and raw target
  digest128 partition{};  ///< of the credential
  std::optional<wall_time> credential_expires;
  std::uint64_t client = 0;  ///< of the data plane: keyed hash of its Authorization, see tenant

  /// As the client wrote it, query included: the last part of the key.
  [[nodiscard]] std::string_view target() const { return std::string_view(key).substr(key.rfind('\0') + 1); }
};

/// What the store has for a lookup.
struct seen {
  entry_ptr entry;
  cache::usability use = cache::usability::unusable;
  std::uint8_t marks = 0;
  std::uint32_t uses = 0;  ///< since it was stored
};

/// What came of one upstream fetch, for everybody who waited for it.
struct landing {
  proxy::verdict verdict = verdict::unavailable;
  entry_ptr answer;  ///< what the control plane said; null if no complete answer came
  bool stored = false;
  /// What it is about was written, or named by sync, after it was asked for: the record may be the old one.
  bool overtaken = false;
  /// Of a record that is fresh for nobody, on the data plane: when it was asked for. Who came later must have a newer
  /// one.
  std::optional<mono_time> asked_at;
  std::optional<failure> why;  ///< if there is no answer
  std::uint32_t unknown_fields = 0;
  std::uint32_t unknown_values = 0;
};

/// What the settings allow an answer that is asked for now.
struct asking_terms {
  freshness_settings freshness;
  bool cdn_cache_control = false;
};
using landing_ptr = std::shared_ptr<const landing>;
using record_flights = cache::flights<landing_ptr>;

}  // namespace sidecache::proxy
