#include "mock/validation.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <limits>
#include <set>
#include <span>

#include "mock/timestamp.hpp"

namespace sidecache::mock {
namespace {

namespace json = boost::json;

/// The member, unless it is absent or null.
const json::value* given(const json::object& in, std::string_view name) {
  const auto* value = in.if_contains(name);
  return value == nullptr || value->is_null() ? nullptr : value;
}

problem string_problem(const json::object& in, std::string_view name, bool required) {
  const auto* value = given(in, name);
  if (value == nullptr) return required ? problem(std::string(name) + " is required") : std::nullopt;
  if (!value->is_string()) return std::string(name) + " must be a string";
  if (required && value->get_string().empty()) return std::string(name) + " must not be empty";
  return std::nullopt;
}

problem integer_problem(const json::object& in, std::string_view name, std::int64_t least, std::int64_t most) {
  const auto* value = given(in, name);
  if (value == nullptr) return std::nullopt;
  const auto* number = value->if_int64();
  if (number != nullptr && *number >= least && *number <= most) return std::nullopt;
  auto text = std::string(name) + " must be an integer of at least " + std::to_string(least);
  if (most != std::numeric_limits<std::int64_t>::max()) text += " and at most " + std::to_string(most);
  return text;
}

problem choice_problem(const json::object& in, std::string_view name, std::span<const std::string_view> allowed) {
  const auto* value = given(in, name);
  if (value == nullptr) return std::nullopt;
  const auto* text = value->if_string();
  if (text != nullptr && std::ranges::find(allowed, std::string_view(*text)) != allowed.end()) return std::nullopt;
  std::string expected = std::string(name) + " must be one of";
  for (const auto option : allowed) expected.append(" ").append(option);
  return expected;
}

problem date_problem(const json::object& in, std::string_view name) {
  const auto* value = given(in, name);
  if (value == nullptr) return std::nullopt;
  if (value->is_string() && parse_timestamp(value->get_string())) return std::nullopt;
  return std::string(name) + " must be a date-time";
}

problem first_of(std::initializer_list<problem> all) {
  for (const auto& one : all)
    if (one) return one;
  return std::nullopt;
}

problem one_usage_limit_problem(const json::value& value) {
  static constexpr std::array<std::string_view, 2> types{"cost", "tokens"};
  static constexpr std::array<std::string_view, 2> resets{"monthly", "weekly"};
  static constexpr auto any = std::numeric_limits<std::int64_t>::max();
  const auto* limits = value.if_object();
  if (limits == nullptr) return "usage_limits must hold objects";
  if (given(*limits, "periodic_reset") != nullptr && given(*limits, "periodic_reset_days") != nullptr)
    return "periodic_reset and periodic_reset_days exclude each other";
  return first_of({integer_problem(*limits, "credit_limit", 1, any),
                   integer_problem(*limits, "alert_threshold", 1, any),
                   integer_problem(*limits, "periodic_reset_days", 1, 365), choice_problem(*limits, "type", types),
                   choice_problem(*limits, "periodic_reset", resets), date_problem(*limits, "next_usage_reset_at")});
}

problem one_rate_limit_problem(const json::value& value) {
  static constexpr std::array<std::string_view, 2> types{"requests", "tokens"};
  static constexpr std::array<std::string_view, 4> units{"rpd", "rph", "rpm", "rpw"};
  const auto* limit = value.if_object();
  if (limit == nullptr) return "rate_limits must hold objects";
  if (given(*limit, "value") == nullptr) return "rate_limits value is required";
  return first_of({choice_problem(*limit, "type", types), choice_problem(*limit, "unit", units),
                   integer_problem(*limit, "value", 1, std::numeric_limits<std::int64_t>::max())});
}

problem one_mapping_problem(const json::value& value, std::set<std::string, std::less<>>& seen) {
  static constexpr std::array<std::string_view, 2> formats{"json", "string"};
  const auto* mapping = value.if_object();
  if (mapping == nullptr) return "secret_mappings must hold objects";
  if (auto bad = first_of(
          {string_problem(*mapping, "target_field", true), string_problem(*mapping, "secret_reference_id", true),
           string_problem(*mapping, "secret_key", false), choice_problem(*mapping, "value_format", formats)}))
    return bad;
  const std::string_view field = mapping->at("target_field").get_string();
  if (field != "key" && !field.starts_with("configurations.") && !field.starts_with("model_config."))
    return "target_field must be key, configurations.<field> or model_config.<field>";
  if (!seen.emplace(field).second) return "target_field must be unique in secret_mappings";
  return std::nullopt;
}

problem multipliers_problem(const json::object& multipliers) {
  for (const auto& [name, value] : multipliers) {
    if (value.is_null()) continue;
    if (const auto* nested = value.if_object()) {
      if (auto bad = multipliers_problem(*nested)) return bad;
    } else if (!value.is_number() || value.to_number<double>() < 0) {
      return "multiplier." + std::string(name) + " must be a number of at least 0";
    }
  }
  return std::nullopt;
}

template <class Check>
problem checked(const json::object& body, std::string_view name, Check check) {
  const auto* value = given(body, name);
  return value == nullptr ? std::nullopt : check(*value);
}

problem references_problem(family kind, const json::object& body) {
  switch (kind) {
    case family::integration:
      return string_problem(body, "ai_provider_id", true);
    case family::virtual_key:
      return string_problem(body, "provider", true);
    case family::provider:
      return string_problem(body, "integration_id", true);
    default:
      break;
  }
  return std::nullopt;
}

}  // namespace

bool is_slug(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

problem usage_limits_problem(const json::value& limits) {
  if (limits.is_null()) return std::nullopt;
  const auto* list = limits.if_array();
  if (list == nullptr) return one_usage_limit_problem(limits);
  if (list->size() > 1) return "usage_limits must have at most one entry";
  return list->empty() ? std::nullopt : one_usage_limit_problem(list->front());
}

problem rate_limits_problem(const json::value& limits) {
  if (limits.is_null()) return std::nullopt;
  const auto* list = limits.if_array();
  if (list == nullptr) return "rate_limits must be an array";
  for (const auto& one : *list)
    if (auto bad = one_rate_limit_problem(one)) return bad;
  return std::nullopt;
}

problem secret_mappings_problem(const json::value& mappings) {
  const auto* list = mappings.if_array();
  if (list == nullptr) return "secret_mappings must be an array";
  std::set<std::string, std::less<>> seen;
  for (const auto& one : *list)
    if (auto bad = one_mapping_problem(one, seen)) return bad;
  return std::nullopt;
}

problem pricing_problem(const json::value& adjustments) {
  const auto* object = adjustments.if_object();
  if (object == nullptr) return "pricing_adjustments must be an object";
  const auto* multiplier = given(*object, "multiplier");
  if (multiplier == nullptr) return "pricing_adjustments.multiplier is required";
  if (!multiplier->is_object()) return "pricing_adjustments.multiplier must be an object";
  return multipliers_problem(multiplier->get_object());
}

problem record_problem(family kind, write how, const json::object& body) {
  const bool create = how == write::create;
  if (auto bad = string_problem(body, "name", create)) return bad;
  if (create)
    if (auto bad = references_problem(kind, body)) return bad;
  for (const std::string_view text : {"slug", "description", "note", "key", "workspace_id"})
    if (auto bad = string_problem(body, text, false)) return bad;
  if (const auto* slug = given(body, "slug"); slug != nullptr && !is_slug(slug->get_string()))
    return "slug may hold letters, digits, _ and - only";
  for (const std::string_view object : {"configurations", "model_config"})
    if (const auto* value = given(body, object); value != nullptr && !value->is_object())
      return std::string(object) + " must be an object";
  return first_of({date_problem(body, "expires_at"), checked(body, "usage_limits", usage_limits_problem),
                   checked(body, "rate_limits", rate_limits_problem),
                   checked(body, "secret_mappings", secret_mappings_problem),
                   checked(body, "pricing_adjustments", pricing_problem)});
}

}  // namespace sidecache::mock
