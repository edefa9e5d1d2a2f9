#include "proxy/coverage.hpp"

#include <algorithm>

namespace sidecache::proxy {

void coverage::add(std::optional<duration> servable_for) {
  ++asked;
  if (!servable_for) return;
  ++covered;
  for (std::size_t i = 0; i < steps.size(); ++i)
    if (*servable_for > steps[i]) ++left[i];
  first_lost = std::min(first_lost.value_or(*servable_for), *servable_for);
  last_lost = std::max(last_lost.value_or(*servable_for), *servable_for);
}

}  // namespace sidecache::proxy
