// Gateway pods as control-plane.md §7 describes them: they look records up when they need one, keep what they get for
// 7 days in a store that they share and for 30 seconds each for itself, and one of them asks for what has changed.
//
// Theory of operation: a pod that serves a request needs one to three records at once, of some caller's API key. Only
// what neither its own memory nor the store has is asked for; there is no single flight and no second attempt. One pod
// asks for sync, `sync_interval` after the last at the earliest, and deletes what it names from the store and its own
// memory; the others' copies end by themselves. The store loses an entry now and then, as a Redis short of memory does.
//
// What is judged is the store: `pin` keeps of each entry who answered it, how, and when it had been asked for.
// One thread's; stage, truth and sidecaches outlive it.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "simulation/gateways/sidecache_process.hpp"

namespace sidecache::simulation::gateways {

constexpr duration sync_interval = 30s;

/// Who asks whom.
struct topology {
  std::string name;
  std::uint32_t pods = 40;
  std::uint32_t sidecaches = 1;  ///< as many as pods: each has its own
  bool polls = false;
  bool heals = false;
  bool peers = false;  ///< they ask each other what was answered stale
};

struct pin {
  std::uint64_t number = 0;
  std::uint32_t version = 0;
  mono_time asked = {};
  mono_time written = {};
  std::uint32_t sidecache = 0;
  outcome how = outcome::pass;
};

class fleet {
 public:
  struct habits {
    duration request_every = 10s;  ///< of a pod, on average
    duration moves_every = 2min;   ///< a pod's connection to another of several sidecaches, on average
    duration store_loses_every = 15s;
  };

  fleet(stage& on, const truth& of, std::vector<std::unique_ptr<sidecache_process>>& by, const topology& where,
        const habits& how, std::uint64_t seed);
  fleet(const fleet&) = delete;
  fleet& operator=(const fleet&) = delete;

  /// From now on they work.
  void begin();
  /// New pods, who know nothing, and a store that was emptied.
  void begin_cold();
  /// Everything is asked of every sidecache, with every key, in this time.
  void warm_up(duration within);

  [[nodiscard]] const std::vector<std::optional<pin>>& store() const { return store_; }
  /// When sync had this deleted from the store, the last time.
  [[nodiscard]] mono_time last_named(record_number r) const { return named_[r]; }

  /// What sidecaches are being asked for.
  [[nodiscard]] const std::vector<record_number>& under_way() const { return under_way_; }

  struct counts {
    std::uint64_t asked = 0;   ///< of sidecaches, answered by now
    std::uint64_t stale = 0;   ///< answered so
    std::uint64_t failed = 0;  ///< answered by an error
    /// Of those: what this sidecache had answered, and nobody has edited since, and no sync has named to it.
    std::uint64_t lost = 0;
    std::uint64_t syncs = 0;  ///< answered well
  };
  [[nodiscard]] const counts& so_far() const { return counts_; }
  /// The first that were.
  [[nodiscard]] const std::vector<std::string>& stories_of_losses() const { return losses_; }

 private:
  struct own_copy {
    std::uint32_t version = 0;
    mono_time until = mono_time::min();
  };
  struct pod {
    std::uint32_t sidecache = 0;
    std::vector<own_copy> own;
  };

  /// What a sidecache answered last.
  struct seen_answer {
    std::uint32_t version = 0;
    mono_time asked = {};
  };

  void serve_a_request(std::uint32_t who);
  void need(std::uint32_t who, record_number r, std::uint32_t key);
  void look_up(std::uint32_t who, record_number r, std::uint32_t key);
  void answered(std::uint32_t who, record_number r, const std::string& seen_as, pin made, const tests::received& got);
  void note_loss(record_number r, const pin& made, const seen_answer& before, const tests::received& got);
  void keep(pod& by, record_number r, std::uint32_t version);
  void move(std::uint32_t who);
  void lose_an_entry();
  void sync();
  [[nodiscard]] std::uint32_t any_sidecache() { return chance_.below(where_.sidecaches); }

  stage& stage_;
  const truth& truth_;
  std::vector<std::unique_ptr<sidecache_process>>& sidecaches_;
  topology where_;
  habits how_;
  random_source chance_;
  std::vector<pod> pods_;
  std::uint32_t syncs_by_ = 0;  // which sidecache the connection for sync leads to
  std::vector<std::optional<pin>> store_;
  std::vector<mono_time> named_;
  std::vector<std::map<std::string, seen_answer>> seen_;  // of each sidecache: what it answered last, by key and record
  std::vector<record_number> under_way_;
  std::uint64_t pins_ = 0;
  counts counts_;
  std::vector<std::string> losses_;
};

}  // namespace sidecache::simulation::gateways
