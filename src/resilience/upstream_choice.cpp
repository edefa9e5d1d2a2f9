#include "resilience/upstream_choice.hpp"

namespace sidecache::resilience {
namespace {

std::optional<std::size_t> by_weight(std::span<const standing> from, double random) {
  double all = 0;
  for (const standing& each : from)
    if (each.healthy && !each.left_out) all += each.weight;
  double at = random * all;
  std::optional<std::size_t> last;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (!from[i].healthy || from[i].left_out) continue;
    last = i;
    at -= from[i].weight;
    if (at < 0) break;
  }
  return last;
}

}  // namespace

std::optional<std::size_t> choose_upstream(std::span<const standing> from, bool weighted, probing may, double random) {
  std::optional<std::size_t> healthy;
  for (std::size_t i = 0; i < from.size(); ++i) {
    if (from[i].left_out) continue;
    if (from[i].healthy && !healthy) healthy = i;
    if (from[i].healthy || !from[i].probe_due || may == probing::never) continue;
    const bool spare = healthy && !weighted;
    if (!spare || may == probing::any) return i;
  }
  return weighted ? by_weight(from, random) : healthy;
}

}  // namespace sidecache::resilience
