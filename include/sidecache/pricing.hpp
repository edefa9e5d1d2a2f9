// What an integration makes of list prices: multipliers by kind of price.
//
// 1 leaves the price as it is, 0.8 takes 20 % off. A missing or null multiplier inherits `default_multiplier`; where
// there is none either, nothing changes. A negative or unrepresentable one is no multiplier: it is counted as drift and
// read as null. Plain values, thread-safe as such.
// Source: the control plane's API reference, schema PricingAdjustments.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::records {

enum class price_kind : std::uint8_t {
  request_token,
  response_token,
  cache_read_input_token,
  cache_write_input_token,
  cache_read_audio_input_token,
  request_audio_token,
  response_audio_token,
  reasoning_token,
  prediction_accepted_token,
  prediction_rejected_token,
  request_image_token,
  response_image_token,
  request_text_token,
  response_text_token,
  cache_read_image_input_token,
  cache_read_text_input_token,
  cache_write_text_input_token,
  cache_write_image_input_token,
  image,  ///< a generated image: `image.default`
};
constexpr std::size_t price_kind_count = 19;

/// The field's name in `multiplier`.
[[nodiscard]] std::string_view to_string(price_kind kind);

struct pricing_adjustments {
  std::optional<double> default_multiplier;
  std::array<std::optional<double>, price_kind_count> multipliers;             ///< by price_kind
  std::map<std::string, std::optional<double>, std::less<>> additional_units;  ///< by the unit's name

  /// By the rule above. Never negative.
  [[nodiscard]] double effective_multiplier(price_kind kind) const;
  /// The same for a unit that has no price kind of its own (a search, a minute of a session).
  [[nodiscard]] double effective_multiplier_of_unit(std::string_view unit) const;
};

}  // namespace sidecache::records
