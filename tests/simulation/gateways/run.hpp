// A run: so many hours of a fleet of gateways before a topology of sidecaches, with edits behind everybody's back, with
// or without outages, and a census of what is pinned wrong.
//
// Wrong is an entry of the gateways' store that is older than the control plane's current version for longer than two
// sync intervals. In an outage nobody can do anything about that, so it is counted where for two intervals there was
// none. The census is taken every ten seconds: `share` is of all entries in all censuses, `wrong` counts each pin once.
// Of these, a gateway's own are those that it asked for before the record was edited, and that were under way until
// after sync had named it: a gateway without a sidecache keeps them wrong too.
#pragma once

#include <string>
#include <vector>

#include "simulation/gateways/fleet.hpp"

namespace sidecache::simulation::gateways {

struct plot {
  topology where;
  duration lasts = 24h;
  bool outages = false;
  bool hectic = false;  ///< edits of what is being asked for, slow answers, a store that loses entries all the time
  std::uint64_t seed = 1;
  int stories = 0;  ///< of so many wrong pins it is told how they came about
};

struct finding {
  std::uint64_t edits = 0;
  std::uint32_t outages = 0;
  fleet::counts gateways;
  double share = 0;
  std::uint64_t wrong = 0;
  std::uint64_t own = 0;  ///< of these: the gateway's
  std::vector<std::string> stories;
};

[[nodiscard]] finding play(const plot& what);

/// Every sidecache was asked for every record with every key. Then an hour's outage, in which new pods begin with
/// nothing. What is counted is of that hour.
struct cold_start {
  topology where;
  weather outage = weather::refused;
  std::uint64_t seed = 1;
};
[[nodiscard]] fleet::counts play(const cold_start& what);

/// As the command line asks for them. The exit code: 1 if what is promised does not hold.
struct wishes_of_a_run {
  std::string topology = "all";
  double hours = 24;
  std::uint64_t seed = 1;
  int stories = 0;
  bool fair = false;     ///< no runs with outages
  bool outages = false;  ///< only these
  bool hectic = false;   ///< only hectic ones
};
[[nodiscard]] int run(const wishes_of_a_run& wishes);
[[nodiscard]] int run_cold_starts(std::uint64_t seed);

}  // namespace sidecache::simulation::gateways
