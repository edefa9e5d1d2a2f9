// Episodes: a seed makes a climate and a list of decisions; playing the list finds a violation or none. What is left of
// the list after parts were taken out can be played as well, and that is how a finding is shrunk.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "simulation/ledger.hpp"

namespace sidecache::simulation {

constexpr std::uint32_t steps_of_an_episode = 2000;

/// Indices of decisions, ascending.
using selection = std::vector<std::uint32_t>;

struct outcome_of_episode {
  std::optional<violation> found;
  std::uint32_t steps = 0;  ///< played until then
  std::vector<std::string> story;
};

/// The seed of the n-th episode of a run.
[[nodiscard]] std::uint64_t episode_seed(std::uint64_t run, std::uint64_t n);
[[nodiscard]] selection every_decision();
[[nodiscard]] outcome_of_episode play(std::uint64_t seed, const selection& which, bool telling = false);

/// Fewest decisions that still break the same promise, by delta debugging (Zeller, Hildebrandt 2002): chunks are taken
/// out, smaller ones each time, until not even one can be.
[[nodiscard]] selection shrink(std::uint64_t seed, selection from, const std::string& promise);

/// "3,17,44-60", and back; throws std::invalid_argument.
[[nodiscard]] std::string to_text(const selection& which);
[[nodiscard]] selection selection_from(const std::string& text);

}  // namespace sidecache::simulation
