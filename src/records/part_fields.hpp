// The tables of what integrations, virtual keys and providers share.
#pragma once

#include "records/fields.hpp"
#include "sidecache/record_parts.hpp"

namespace sidecache::records {

template <>
inline constexpr auto fields<usage_limits> = std::to_array<field<usage_limits>>({
    {"credit_limit", shape::count, set<&usage_limits::credit_limit>},
    {"type", shape::limit_type, set<&usage_limits::type>},
    {"alert_threshold", shape::count, set<&usage_limits::alert_threshold>},
    {"periodic_reset", shape::reset_period, set<&usage_limits::periodic_reset>},
    {"periodic_reset_days", shape::count, set<&usage_limits::periodic_reset_days>},
    {"next_usage_reset_at", shape::next_usage_reset_at, set<&usage_limits::next_usage_reset_at>},
});

template <>
inline constexpr auto fields<rate_limit> = std::to_array<field<rate_limit>>({
    {"type", shape::rate_type, set<&rate_limit::type>},
    {"unit", shape::rate_unit, set<&rate_limit::unit>},
    {"value", shape::integer, set<&rate_limit::value>},
});

template <>
inline constexpr auto fields<secret_mapping> = std::to_array<field<secret_mapping>>({
    {"target_field", shape::text, set<&secret_mapping::target_field>},
    {"secret_reference_id", shape::text, set<&secret_mapping::secret_reference_id>},
    {"secret_key", shape::text, set<&secret_mapping::secret_key>},
    {"value_format", shape::secret_format, set<&secret_mapping::value_format>},
});

}  // namespace sidecache::records
