#include "admin/audited_drills.hpp"

#include <chrono>

#include "metrics/audit_log.hpp"

namespace sidecache::admin {

void audited_drills::begin_drill(mono_time now, duration how_long, std::string_view from) {
  const bool was_on = end_ != nullptr;
  const auto before = of_.drill_report(now);
  of_.begin_drill(now, how_long, from);
  end_.reset();
  if (was_on) tell_end({.by = "admin", .outcome = how_long > duration{} ? "replaced" : "done", .from = from}, before);
  if (how_long <= duration{}) {
    if (!was_on)
      metrics::audit_line({.action = "drill_end", .by = "admin", .outcome = "none_was_on"})
          .quoted("from", from)
          .write();
    return;
  }
  const auto length = of_.drill_report(now).length;
  metrics::audit_line({.action = "drill_start", .by = "admin", .outcome = "done"})
      .quoted("from", from)
      .number("length_s", std::chrono::floor<std::chrono::seconds>(length).count())
      .write();
  end_ = clocks_.set(now + length, [this, at = now + length] {
    tell_end({.by = "sidecache", .outcome = "done"}, of_.drill_report(at));
    end_.reset();
  });
}

void audited_drills::tell_end(const ending& how, const proxy::drill_report& of) {
  metrics::audit_line line({.action = "drill_end", .by = how.by, .outcome = how.outcome});
  if (!how.from.empty()) line.quoted("from", how.from);
  line.number("stood_in", of.stood_in).number("failed", of.failed).write();
}

}  // namespace sidecache::admin
