// The fixed choices of values, each name with what it means. Names are compared exactly, as the control plane does.
#pragma once

#include <array>
#include <string_view>
#include <utility>

#include "sidecache/configurations.hpp"
#include "sidecache/record_parts.hpp"

namespace sidecache::records {

template <class Enum>
constexpr std::array<std::pair<std::string_view, Enum>, 0> names_of{};

template <>
inline constexpr auto names_of<record_status> =
    std::to_array<std::pair<std::string_view, record_status>>({{"active", record_status::active},
                                                               {"exhausted", record_status::exhausted},
                                                               {"expired", record_status::expired},
                                                               {"archived", record_status::archived}});
template <>
inline constexpr auto names_of<limit_type> = std::to_array<std::pair<std::string_view, limit_type>>(
    {{"cost", limit_type::cost}, {"tokens", limit_type::tokens}});
template <>
inline constexpr auto names_of<reset_period> = std::to_array<std::pair<std::string_view, reset_period>>(
    {{"monthly", reset_period::monthly}, {"weekly", reset_period::weekly}});
template <>
inline constexpr auto names_of<rate_type> = std::to_array<std::pair<std::string_view, rate_type>>(
    {{"requests", rate_type::requests}, {"tokens", rate_type::tokens}});
template <>
inline constexpr auto names_of<rate_unit> =
    std::to_array<std::pair<std::string_view, rate_unit>>({{"rpm", rate_unit::per_minute},
                                                           {"rph", rate_unit::per_hour},
                                                           {"rpd", rate_unit::per_day},
                                                           {"rpw", rate_unit::per_week}});
template <>
inline constexpr auto names_of<secret_format> = std::to_array<std::pair<std::string_view, secret_format>>(
    {{"json", secret_format::json}, {"string", secret_format::string}});
template <>
inline constexpr auto names_of<azure_auth_mode> = std::to_array<std::pair<std::string_view, azure_auth_mode>>(
    {{"default", azure_auth_mode::api_key}, {"entra", azure_auth_mode::entra}, {"managed", azure_auth_mode::managed}});
template <>
inline constexpr auto names_of<aws_auth_type> = std::to_array<std::pair<std::string_view, aws_auth_type>>(
    {{"accessKey", aws_auth_type::access_key}, {"assumedRole", aws_auth_type::assumed_role}});
template <>
inline constexpr auto names_of<vertex_auth_type> = std::to_array<std::pair<std::string_view, vertex_auth_type>>(
    {{"basic", vertex_auth_type::basic}, {"serviceAccount", vertex_auth_type::service_account}});

template <class Enum>
[[nodiscard]] constexpr Enum value_of(std::string_view name) {
  for (const auto& [known, value] : names_of<Enum>) {
    if (known == name) return value;
  }
  return Enum::unknown;
}

}  // namespace sidecache::records
