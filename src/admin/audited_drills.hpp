// The drills of a process with their audit: a line when one begins, and one when it ends, by whomever.
//
// In front of the desk that performs them. A drill ends by itself, so an alarm is set for that: one a drill. Belongs to
// the admin listener's thread, which the alarms are of; the report may be asked for anywhere.
#pragma once

#include <memory>

#include "admin/views.hpp"
#include "base/alarms.hpp"

namespace sidecache::admin {

class audited_drills final : public drill_desk {
 public:
  /// Both outlive it.
  audited_drills(drill_desk& of, alarms& clocks) : of_(of), clocks_(clocks) {}

  void begin_drill(mono_time now, duration how_long, std::string_view from) override;
  [[nodiscard]] proxy::drill_report drill_report(mono_time now) const override { return of_.drill_report(now); }

 private:
  struct ending {
    std::string_view by;
    std::string_view outcome;
    std::string_view from = {};  ///< "": nobody, its time was over
  };
  static void tell_end(const ending& how, const proxy::drill_report& of);

  drill_desk& of_;
  alarms& clocks_;
  std::unique_ptr<alarm> end_;  // there while one is on
};

}  // namespace sidecache::admin
