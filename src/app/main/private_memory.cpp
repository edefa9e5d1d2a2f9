#include "app/main/private_memory.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace sidecache::app {

void keep_memory_private() noexcept {
  // The limit alone holds back files only: a core_pattern that is a pipe gets its core whatever the limit (core(5)).
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
}

}  // namespace sidecache::app
