#include "mock/usage.hpp"

#include <boost/json.hpp>
#include <cmath>
#include <optional>

#include "mock/timestamp.hpp"

namespace sidecache::mock {
namespace {

std::optional<double> number_in(const json::object& from, std::string_view name) {
  const auto* value = from.if_contains(name);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->to_number<double>();
}

std::optional<double> credit_limit(const record& one) {
  const auto* limits = one.body.if_contains("usage_limits");
  if (limits == nullptr) return std::nullopt;
  if (const auto* list = limits->if_array(); list != nullptr && !list->empty()) limits = &list->front();
  const auto* object = limits->if_object();
  return object == nullptr ? std::nullopt : number_in(*object, "credit_limit");
}

/// Whole where it is whole: Boost.JSON writes the double 50 as 5E1.
json::value shown(double number) {
  if (number == std::floor(number) && std::abs(number) < 1e15) return static_cast<std::int64_t>(number);
  return number;
}

}  // namespace

void add_usage(record& one, double used) {
  one.body["reset_usage"] = shown(number_in(one.body, "reset_usage").value_or(0) + used);
  follow_usage(one);
}

void follow_usage(record& one) {
  const auto limit = credit_limit(one);
  const auto used = number_in(one.body, "reset_usage");
  if (limit && used && *used >= *limit) one.body["status"] = "exhausted";
}

void reset_usage(record& one, wall_time now) {
  one.body["status"] = "active";
  one.body["reset_usage"] = 0;
  one.body["last_reset_at"] = format_timestamp(now);
}

}  // namespace sidecache::mock
