// The parts that integrations, virtual keys and providers share.
//
// All of these are plain values: they own what they hold, keep no reference to the text they were read from, and are as
// thread-safe as an int. Schemas drift, so nothing here is closed: a choice keeps the text that came beside what it is
// known to mean, an absent or null field is an empty optional (or an empty string or vector), and what no schema names
// is counted in `drift`, never an error.
// Source: the control plane's API reference, schemas UsageLimits, RateLimit, SecretMapping.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sidecache/wall_time.hpp"

namespace sidecache::records {

/// One of a fixed set of names, as far as the set is known. `text` is empty when the field is absent or null.
template <class Enum>
struct choice {
  Enum value = Enum::unknown;
  std::string text;  ///< as it came; of a value that is no string, its JSON text

  [[nodiscard]] bool operator==(Enum other) const { return value == other; }
};

/// A date-time. `at` is empty if it can't be read; the text is kept (of a value that is no string, its JSON text).
struct timestamp {
  std::string text;
  std::optional<wall_time> at;
};

/// What came that no schema names.
struct drift {
  std::uint32_t unknown_fields = 0;  ///< members with a name that the schema of their object lacks
  std::uint32_t unknown_values = 0;  ///< choices, types and ranges that the schema of their field lacks
};

/// Integrations are active or archived, virtual keys and providers active, exhausted or expired.
enum class record_status : std::uint8_t { unknown, active, exhausted, expired, archived };

enum class limit_type : std::uint8_t { unknown, cost, tokens };
enum class reset_period : std::uint8_t { unknown, monthly, weekly };

struct usage_limits {
  std::optional<double> credit_limit;  ///< US dollars if type is cost (also if absent), tokens if it is tokens
  choice<limit_type> type;
  std::optional<double> alert_threshold;            ///< in the unit of credit_limit
  choice<reset_period> periodic_reset;              ///< excludes periodic_reset_days
  std::optional<std::int64_t> periodic_reset_days;  ///< 1 to 365
  std::optional<timestamp> next_usage_reset_at;
};

enum class rate_type : std::uint8_t { unknown, requests, tokens };
enum class rate_unit : std::uint8_t { unknown, per_minute, per_hour, per_day, per_week };

struct rate_limit {
  choice<rate_type> type;
  choice<rate_unit> unit;             ///< rpm, rph, rpd; rpw was seen, too
  std::optional<std::int64_t> value;  ///< so many of `type` in one `unit`
};

enum class secret_format : std::uint8_t { unknown, json, string };

/// Says which field of the record is filled from an external secret.
struct secret_mapping {
  std::string target_field;         ///< `key`, `configurations.NAME` or `model_config.NAME`
  std::string secret_reference_id;  ///< UUID or slug
  std::optional<std::string> secret_key;
  choice<secret_format> value_format;
};

}  // namespace sidecache::records
