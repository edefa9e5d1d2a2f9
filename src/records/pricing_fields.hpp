// The tables of price adjustments: {"multiplier": {"default", one per price kind, "image": {"default"},
// "additional_units": {name: multiplier}}}, read into one flat struct.
#pragma once

#include <cstddef>
#include <utility>

#include "records/fields.hpp"
#include "sidecache/pricing.hpp"

namespace sidecache::records {

/// The `image` object.
struct image_multiplier {
  std::optional<double> value;
};
/// The `multiplier` object, filled into the whole it belongs to.
struct multipliers {
  pricing_adjustments whole;
};

inline void read_multiplier(json_cursor& from, std::optional<double>& to) {
  to = from.number();
  if (to && *to < 0) to.reset();
}

template <>
inline constexpr auto fields<image_multiplier> = std::to_array<field<image_multiplier>>({
    {"default", shape::multiplier, [](json_cursor& from, image_multiplier& to) { read_multiplier(from, to.value); }},
});

template <std::size_t Kind>
void set_multiplier(json_cursor& from, multipliers& to) {
  read_multiplier(from, to.whole.multipliers[Kind]);
}

inline void set_additional_units(json_cursor& from, multipliers& to) {
  auto& units = to.whole.additional_units;
  units.clear();
  from.members([&](std::string_view name) { read_multiplier(from, units[std::string(name)]); });
}

inline void set_image(json_cursor& from, multipliers& to) {
  std::optional<image_multiplier> image;
  read(from, image);
  to.whole.multipliers[static_cast<std::size_t>(price_kind::image)] = image ? image->value : std::nullopt;
}

inline constexpr auto price_kind_names = std::to_array<std::string_view>({
    "request_token",
    "response_token",
    "cache_read_input_token",
    "cache_write_input_token",
    "cache_read_audio_input_token",
    "request_audio_token",
    "response_audio_token",
    "reasoning_token",
    "prediction_accepted_token",
    "prediction_rejected_token",
    "request_image_token",
    "response_image_token",
    "request_text_token",
    "response_text_token",
    "cache_read_image_input_token",
    "cache_read_text_input_token",
    "cache_write_text_input_token",
    "cache_write_image_input_token",
    "image",
});
static_assert(price_kind_names.size() == price_kind_count);

template <std::size_t... Kind>
consteval auto token_multiplier_fields(std::index_sequence<Kind...> /*all but image*/) {
  return std::array<field<multipliers>, sizeof...(Kind)>{
      field<multipliers>{price_kind_names[Kind], shape::multiplier, set_multiplier<Kind>}...};
}

template <>
inline constexpr auto fields<multipliers> =
    joined(token_multiplier_fields(std::make_index_sequence<price_kind_count - 1>{}),
           std::to_array<field<multipliers>>({
               {"default", shape::multiplier,
                [](json_cursor& from, multipliers& to) { read_multiplier(from, to.whole.default_multiplier); }},
               {"image", shape::image_multiplier, set_image},
               {"additional_units", shape::multiplier_map, set_additional_units},
           }));

template <>
inline constexpr auto fields<pricing_adjustments> = std::to_array<field<pricing_adjustments>>({
    {"multiplier", shape::multipliers,
     [](json_cursor& from, pricing_adjustments& to) {
       std::optional<multipliers> all;
       read(from, all);
       to = all ? std::move(all->whole) : pricing_adjustments{};
     }},
});

}  // namespace sidecache::records
