#include "proxy/cache_status.hpp"

#include <algorithm>

namespace sidecache::proxy {

std::chrono::seconds ttl_left(const cache::entry& e, instant now) {
  using std::chrono::floor;
  using std::chrono::seconds;
  const auto by_ttl = floor<seconds>(e.fresh_until - now.mono);
  const auto deadline = std::min(e.soft_deadline, e.hard_deadline);
  return deadline == cache::no_deadline ? by_ttl : std::min(by_ttl, floor<seconds>(deadline - now.wall));
}

duration age_of(const cache::entry& e, instant now) {
  // Another thread may have stored it since this one looked at a clock.
  return e.initial_age + std::max(duration{}, now.mono - e.stored_at);
}

void append_hit(small_text& out, const cache::entry& e, instant now, std::string_view detail) {
  out.append("Age: ");
  out.append(std::chrono::floor<std::chrono::seconds>(age_of(e, now)).count());
  out.append("\r\nCache-Status: sidecache; hit; ttl=");
  out.append(ttl_left(e, now).count());
  if (!detail.empty()) {
    out.append("; detail=");
    out.append(detail);
  }
  out.append("\r\n");
}

void append_forwarded(small_text& out, const forwarded& how) {
  out.append("sidecache; fwd=");
  out.append(how.reason);
  if (how.status != 0) {
    out.append("; fwd-status=");
    out.append(std::int64_t{how.status});
  }
  if (how.stored) out.append("; stored");
  if (how.collapsed) out.append("; collapsed");
  if (!how.detail.empty()) {
    out.append("; detail=");
    out.append(how.detail);
  }
}

}  // namespace sidecache::proxy
