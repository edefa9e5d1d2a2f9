#include "sidecache/pricing.hpp"

#include "records/pricing_fields.hpp"

namespace sidecache::records {

std::string_view to_string(price_kind kind) { return price_kind_names[static_cast<std::size_t>(kind)]; }

double pricing_adjustments::effective_multiplier(price_kind kind) const {
  return multipliers[static_cast<std::size_t>(kind)].value_or(default_multiplier.value_or(1.0));
}

double pricing_adjustments::effective_multiplier_of_unit(std::string_view unit) const {
  const auto found = additional_units.find(unit);
  const auto own = found == additional_units.end() ? std::nullopt : found->second;
  return own.value_or(default_multiplier.value_or(1.0));
}

}  // namespace sidecache::records
