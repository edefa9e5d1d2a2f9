#include "simulation/episode.hpp"

#include <algorithm>
#include <numeric>
#include <sstream>
#include <stdexcept>

#include "simulation/operations.hpp"
#include "simulation/world.hpp"

namespace sidecache::simulation {

std::uint64_t episode_seed(std::uint64_t run, std::uint64_t n) {
  random_source mixed(run ^ (n * 0xD1B54A32D192ED03U));
  return mixed.next();
}

selection every_decision() {
  selection all(steps_of_an_episode);
  std::iota(all.begin(), all.end(), 0U);
  return all;
}

outcome_of_episode play(std::uint64_t seed, const selection& which, bool telling) {
  world in(seed, telling);
  random_source chance(seed + 1);
  outcome_of_episode out;
  std::uint32_t drawn = 0;
  for (const std::uint32_t wanted : which) {
    decision next;
    for (; drawn <= wanted; ++drawn) next = decide(chance, in.weather());
    in.step(next);
    ++out.steps;
    if (in.found()) break;
  }
  if (!in.found()) in.quiesce();
  out.found = in.found();
  out.story = in.story();
  return out;
}

selection shrink(std::uint64_t seed, selection from, const std::string& promise) {
  const auto still = [&](const selection& part) {
    const auto played = play(seed, part);
    return played.found && played.found->promise == promise ? played.steps : 0;
  };
  from.resize(std::max<std::size_t>(still(from), 1));
  for (std::size_t size = from.size() / 2; size > 0;) {
    bool smaller = false;
    for (std::size_t at = 0; at < from.size();) {
      selection part(from.begin(), from.begin() + static_cast<std::ptrdiff_t>(at));
      part.insert(part.end(), from.begin() + static_cast<std::ptrdiff_t>(std::min(at + size, from.size())), from.end());
      if (const auto steps = still(part); steps > 0) {
        part.resize(steps);
        from = std::move(part);
        smaller = true;
      } else {
        at += size;
      }
    }
    if (!smaller || size > from.size()) size = std::min(size / 2, from.size() / 2);
  }
  return from;
}

std::string to_text(const selection& which) {
  std::string out;
  for (std::size_t i = 0; i < which.size();) {
    std::size_t last = i;
    while (last + 1 < which.size() && which[last + 1] == which[last] + 1) ++last;
    if (!out.empty()) out += ',';
    out += std::to_string(which[i]);
    if (last > i) out += "-" + std::to_string(which[last]);
    i = last + 1;
  }
  return out;
}

selection selection_from(const std::string& text) {
  selection out;
  std::istringstream parts(text);
  for (std::string part; std::getline(parts, part, ',');) {
    const auto dash = part.find('-');
    const auto first = static_cast<std::uint32_t>(std::stoul(part));
    const auto last = dash == std::string::npos ? first : static_cast<std::uint32_t>(std::stoul(part.substr(dash + 1)));
    for (std::uint32_t i = first; i <= last && i < steps_of_an_episode; ++i) out.push_back(i);
  }
  if (out.empty() || !std::ranges::is_sorted(out)) throw std::invalid_argument("--only wants indices, ascending");
  return out;
}

}  // namespace sidecache::simulation
