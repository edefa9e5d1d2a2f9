// What a write may hold. Each function names the first problem in a sentence for the 400, or nothing.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "mock/family.hpp"

namespace sidecache::mock {

using problem = std::optional<std::string>;

enum class write : std::uint8_t { create, update };

/// The fields of a record as POST or PUT sends them. On an update nothing is required. An integration's configurations
/// are checked by configuration_problem, after an update was merged.
[[nodiscard]] problem record_problem(family kind, write how, const boost::json::object& body);

/// An object, an array of at most one, or null: all three were seen.
[[nodiscard]] problem usage_limits_problem(const boost::json::value& limits);
[[nodiscard]] problem rate_limits_problem(const boost::json::value& limits);
[[nodiscard]] problem secret_mappings_problem(const boost::json::value& mappings);
[[nodiscard]] problem pricing_problem(const boost::json::value& adjustments);

/// [A-Za-z0-9_-]+
[[nodiscard]] bool is_slug(std::string_view text);

}  // namespace sidecache::mock
