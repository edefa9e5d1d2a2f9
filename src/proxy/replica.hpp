// What the planes of one process have in common: they forget together, and know together what gateways were told.
//
// The planes are fronts of one and the same control plane: a write through the admin API's must be seen in the data
// plane's next lookup, and sync that passes on one plane concerns the records of all. Tags are the same in all, since
// their cores are made with the same keys. What a plane's own `dependencies` have learnt decides which tags are
// touched; where that is little, more are.
//
// Made before the cores, which join as they are made, before there are threads; then unchanged but for its parts, which
// are thread-safe.
#pragma once

#include <atomic>
#include <span>
#include <vector>

#include "proxy/heard_syncs.hpp"
#include "proxy/open_writes.hpp"
#include "proxy/peer_marks.hpp"
#include "proxy/stale_served.hpp"
#include "sidecache/ttl_lru_cache.hpp"

namespace sidecache::proxy {

class core;
enum class invalidation_source : std::uint8_t { write, purge, sync };

class replica {
 public:
  void join(core& one) { cores_.push_back(&one); }
  void leave(const core& one) { std::erase(cores_, &one); }

  /// A write of these has begun: no plane's reads under way are intact.
  void begin_write(std::span<const cache_tag> touched, mono_time now) const;
  /// It was applied, or may have been: dropped, or to be revalidated, in all planes.
  void end_write(std::span<const cache_tag> touched, bool applied, invalidation_source by) const;

  open_writes open;
  heard_syncs heard;
  stale_served stale;
  peer_marks peers;   ///< what other sidecaches have said, and gateways were told
  std::string epoch;  ///< of the numbers in `stale`: drawn at each start
  /// What another sidecache is told. What its gateways were told of before need not be told by anybody again.
  [[nodiscard]] peer_answer tell(const peer_question& asked, mono_time now);

  std::atomic<bool> heals{false};  ///< some plane tells gateways what to drop
  std::atomic<bool> polls{false};  ///< this process asks for sync itself, so the others of its fleet do as well

 private:
  std::vector<core*> cores_;
};

}  // namespace sidecache::proxy
