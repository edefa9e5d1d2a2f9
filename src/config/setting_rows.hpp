// How a row of the settings table is written down, and the parts that the table is made of: one file a group of
// sections, so that none grows past reading. For settings_table.cpp and these files only. All of it is constant.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

#include "config/setting.hpp"

namespace sidecache::config {

/// upstream.* and breaker.*
[[nodiscard]] std::span<const setting> upstream_rows();
/// sync.*
[[nodiscard]] std::span<const setting> sync_rows();

namespace rows {

constexpr std::array<std::string_view, 2> truth_words{"false", "true"};
constexpr std::array<std::string_view, 2> kind_words{"admin", "data"};

constexpr std::uint64_t kib = 1024;
constexpr std::uint64_t mib = 1024 * kib;
constexpr std::uint64_t gib = 1024 * mib;
constexpr duration day = std::chrono::hours(24);

template <class Access>
constexpr setting row(std::string_view key, value_type type, std::string_view default_text, change c,
                      std::string_view help, Access at) {
  return {.key = key,
          .type = type,
          .default_text = default_text,
          .unit = {},
          .words = {},
          .change = c,
          .at = at,
          .help = help};
}

constexpr setting time_row(std::string_view key, std::string_view default_text, duration low, duration high, change c,
                           std::string_view help, duration& (*at)(settings&)) {
  setting out = row(key, value_type::duration, default_text, c, help, at);
  out.low = static_cast<std::uint64_t>(low.count());
  out.high = static_cast<std::uint64_t>(high.count());
  return out;
}

constexpr setting size_row(std::string_view key, std::string_view default_text, std::uint64_t low, std::uint64_t high,
                           change c, std::string_view help, std::uint64_t& (*at)(settings&)) {
  setting out = row(key, value_type::size, default_text, c, help, at);
  out.low = low;
  out.high = high;
  return out;
}

constexpr setting count_row(std::string_view key, std::string_view default_text, std::uint64_t high,
                            std::string_view unit, change c, std::string_view help, std::uint64_t& (*at)(settings&)) {
  setting out = row(key, value_type::count, default_text, c, help, at);
  out.low = 1;
  out.high = high;
  out.unit = unit;
  return out;
}

/// 0 is allowed too, and means that there is no limit.
constexpr setting or_none(setting limited) {
  limited.low = 0;
  return limited;
}

/// A plane of the data kind has another default.
constexpr setting of_data(std::string_view default_text, setting row) {
  row.data_default_text = default_text;
  return row;
}

constexpr setting mode_row(std::string_view key, std::string_view default_text, change c, std::string_view help,
                           std::uint64_t& (*at)(settings&)) {
  setting out = row(key, value_type::mode, default_text, c, help, at);
  out.high = 0777;
  return out;
}

/// `Member` is a lambda that gives the enum's place in the settings.
template <class Member>
constexpr setting choice_row(std::string_view key, std::string_view default_text,
                             std::span<const std::string_view> words, change c, std::string_view help,
                             Member /*member*/) {
  setting out = row(key, value_type::choice, default_text, c, help,
                    choice_access{[](const settings& s) { return static_cast<std::size_t>(Member{}(s)); },
                                  [](settings& s, std::size_t word) {
                                    using word_type = std::remove_reference_t<decltype(Member{}(s))>;
                                    Member{}(s) = static_cast<word_type>(word);
                                  }});
  out.words = words;
  return out;
}

}  // namespace rows
}  // namespace sidecache::config
