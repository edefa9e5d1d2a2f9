#include "admin/refused_changes.hpp"

#include <chrono>
#include <utility>

namespace sidecache::admin {

std::optional<metrics::audit_line> refused_changes::tell(const refused_change& what, mono_time now) {
  if (!minute_ || now - *minute_ >= std::chrono::minutes(1)) {
    minute_ = now;
    told_ = 0;
  }
  if (told_ == most_a_minute) {
    ++unsaid_;
    left_out_.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  ++told_;
  metrics::audit_line line({.action = what.action, .by = "admin", .outcome = "refused"});
  line.number("status", what.status).word("why", what.why).quoted("from", what.from);
  if (const auto unsaid = std::exchange(unsaid_, 0); unsaid > 0) line.number("left_out", unsaid);
  return line;
}

}  // namespace sidecache::admin
