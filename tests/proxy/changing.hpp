// Settings that change while a test's proxy works.
#pragma once

#include "proxy/world.hpp"

namespace sidecache::tests {

/// From now on in this mode. Nobody else uses the core, so what was before is not kept.
inline void put(world& w, proxy::mode to) {
  proxy::settings next = w.core.config();
  next.mode = to;
  static_cast<void>(w.core.change(next));
}

}  // namespace sidecache::tests
