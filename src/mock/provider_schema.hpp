// The configuration fields of the ten kinds of provider: which are required, what values they may have.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sidecache::mock {

struct config_field {
  std::string_view name;
  bool required = false;
  std::string_view one_of = {};  ///< the allowed values, separated by `|`; empty: any string
  std::size_t max_size = 0;      ///< 0: no limit
};

struct provider_schema {
  std::string_view ai_provider_id;
  std::span<const config_field> fields;
};

/// Null for a provider without configuration fields of its own.
[[nodiscard]] const provider_schema* find_schema(std::string_view ai_provider_id);

/// What is wrong with a `configurations` object for that provider; nothing if it may be stored.
[[nodiscard]] std::optional<std::string> configuration_problem(std::string_view ai_provider_id,
                                                               const boost::json::object& configurations);

}  // namespace sidecache::mock
