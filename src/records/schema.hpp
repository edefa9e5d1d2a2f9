// The schemas of the control plane's objects, as tables: which members an object may have and what each may be.
//
// One table an object serves both readers: facts.cpp counts by it what no schema names, read.hpp fills typed records
// from it. So the two can't disagree about what is known.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace sidecache::records {

/// What a member may be. null is always allowed: it means absent.
enum class shape : std::uint8_t {
  anything,
  text,
  boolean,
  integer,     ///< whole, within ±2^53 (RFC 8259 §6: what every reader holds exactly)
  count,       ///< whole, 1 or more
  amount,      ///< any number
  multiplier,  ///< 0 or more
  timestamp,
  free_object,     ///< members of any name and shape
  text_map,        ///< members of any name, all text
  multiplier_map,  ///< members of any name, all multipliers
  // Choices: names.hpp.
  limit_type,
  reset_period,
  rate_type,
  rate_unit,
  secret_format,
  azure_auth_mode,
  aws_auth_type,
  vertex_auth_type,
  // Objects with a schema of their own.
  access_settings,
  configurations,
  pricing_adjustments,
  multipliers,
  image_multiplier,
  // Lists of such objects, whose schema allows any number of them, or one at most.
  usage_limits,  ///< one; also seen without the list
  rate_limits,   ///< one
  secret_mappings,
  azure_deployments,
  // What the cache's decisions depend on.
  slug,
  id,
  integration_id,
  workspace_id,
  organisation_id,
  object_name,
  status,
  expires_at,
  next_usage_reset_at,
};

struct rule {
  std::string_view name;
  shape what = shape::anything;
};

/// The members of one object. Views of static tables: copy it freely.
class schema {
 public:
  static constexpr std::uint8_t free_slot = 0xFF;
  static constexpr std::size_t none = static_cast<std::size_t>(-1);

  constexpr schema(std::span<const rule> rules, std::span<const std::uint8_t> slots) : rules_(rules), slots_(slots) {}

  /// The number of the rule for a member, or none.
  [[nodiscard]] constexpr std::size_t find(std::string_view name) const {
    for (std::size_t at = hash(name) & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
      if (slots_[at] == free_slot) return none;
      if (rules_[slots_[at]].name == name) return slots_[at];
    }
  }
  [[nodiscard]] constexpr const rule& operator[](std::size_t number) const { return rules_[number]; }

  /// Tells the names of one schema apart well enough; nothing here defends against chosen names, as each costs one
  /// probe run of a table that is at most half full whatever it is.
  [[nodiscard]] static constexpr std::size_t hash(std::string_view name) {
    if (name.empty()) return 0;
    const auto at = [name](std::size_t i) { return static_cast<std::size_t>(static_cast<unsigned char>(name[i])); };
    const std::size_t mixed = name.size() * 0x9E37U + at(0) * 0x1F3U + at(name.size() / 2) * 0x7A1U +
                              at(name.size() - 1) * 0x35U + at(name.size() / 3) * 0x11DU;
    return mixed ^ (mixed >> 7U);
  }

 private:
  std::span<const rule> rules_;
  std::span<const std::uint8_t> slots_;
};

/// Storage for a schema of N rules: at most half full, so that runs of probes stay short.
template <std::size_t N>
struct schema_table {
  static_assert(N < schema::free_slot);
  std::array<rule, N> rules{};
  std::array<std::uint8_t, std::bit_ceil(2 * N + 1)> slots{};

  /// Of names that stand twice the first counts.
  consteval explicit schema_table(const std::array<rule, N>& from) : rules(from) {
    slots.fill(schema::free_slot);
    for (std::size_t i = 0; i < N; ++i) {
      std::size_t at = schema::hash(rules[i].name) & (slots.size() - 1);
      while (slots[at] != schema::free_slot) at = (at + 1) & (slots.size() - 1);
      slots[at] = static_cast<std::uint8_t>(i);
    }
  }
  [[nodiscard]] constexpr schema view() const { return {rules, slots}; }
};

}  // namespace sidecache::records
