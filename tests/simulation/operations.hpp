// The operations that a decision may choose, as a table: name, how often, and what is done with its three numbers.
#pragma once

#include <span>
#include <string_view>

#include "simulation/world.hpp"

namespace sidecache::simulation {

struct operation {
  std::string_view name;
  std::uint32_t weight;
  void (*perform)(world&, const decision&);
};
[[nodiscard]] std::span<const operation> operations();

/// The next decision of an episode with this climate.
[[nodiscard]] decision decide(random_source& chance, const climate& weather);

}  // namespace sidecache::simulation
