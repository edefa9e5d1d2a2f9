// What the control plane says, as gateways ask it: records with versions, who still has to hear of which change, and
// what the weather is between it and everybody.
//
// Changes are handed out once for each identifier, at the moment that the request for them is processed. An outage
// concerns what is processed while it lasts: what was answered before arrives. So no sync is lost after it was handed
// out: what a lost one had named nobody can name, with a sidecache or without.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"

namespace sidecache::simulation::gateways {

enum class weather : std::uint8_t {
  fair,
  refused,      ///< no connection comes about
  silent,       ///< what is asked is never answered
  unavailable,  ///< 503 to everything
  flaky,        ///< 503 to every other request
};
[[nodiscard]] std::string_view to_string(weather how);

/// Records are numbered; the number says family and slug.
using record_number = std::uint32_t;
[[nodiscard]] std::string target_of(record_number r);
/// Nothing, if it is none of ours.
[[nodiscard]] std::optional<record_number> record_at(std::string_view target);
/// What an answer to a gateway's sync names: read as gateways do, apart from sidecache's own reading.
[[nodiscard]] std::vector<record_number> named_by(std::string_view body);
[[nodiscard]] std::optional<std::uint32_t> version_in(std::string_view body);

class truth {
 public:
  explicit truth(record_number records) : made_(records, std::vector<mono_time>{mono_time::min()}) {}

  /// From now on its changes are kept for this identifier.
  void expect(const std::string& identifier) { unheard_[identifier]; }
  /// Behind everybody's back.
  void edit(record_number r, mono_time when);

  [[nodiscard]] record_number records() const { return static_cast<record_number>(made_.size()); }
  [[nodiscard]] std::uint32_t version(record_number r) const { return static_cast<std::uint32_t>(made_[r].size() - 1); }
  /// When this version of it ceased to be the current one; max(): it has not.
  [[nodiscard]] mono_time superseded(record_number r, std::uint32_t version) const {
    return version < this->version(r) ? made_[r][version + 1] : mono_time::max();
  }
  [[nodiscard]] std::string record(record_number r) const;
  /// What has changed since it last asked.
  [[nodiscard]] std::string changes_for(const std::string& identifier);

  weather now = weather::fair;
  std::uint32_t slow_one_in = 50;  ///< of so many answers takes seconds
  std::uint64_t edits = 0;

 private:
  std::vector<std::vector<mono_time>> made_;  // of each record, when each of its versions was
  std::map<std::string, std::set<record_number>> unheard_;
};

}  // namespace sidecache::simulation::gateways
