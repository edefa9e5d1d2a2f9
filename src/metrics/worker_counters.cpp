#include "metrics/worker_counters.hpp"

namespace sidecache::metrics {
namespace {

std::size_t code_of(proxy::failure_kind kind) {
  switch (kind) {
    case proxy::failure_kind::timeout:
      return 0;
    case proxy::failure_kind::connect:
      return 1;
    case proxy::failure_kind::reset:
      return 2;
    case proxy::failure_kind::tls:
      return 3;
    case proxy::failure_kind::proxy:
      return 4;
    case proxy::failure_kind::protocol:
    case proxy::failure_kind::too_large:
      return 5;
    case proxy::failure_kind::overloaded:
    case proxy::failure_kind::avoided:  // no attempt: whoever avoids one has nothing to tell
      return 6;
  }
  return 5;
}

}  // namespace

void worker_counters::finished(const proxy::finished_request& request) {
  requests_[static_cast<std::size_t>(request.report.route)][static_cast<std::size_t>(request.report.outcome)].observe(
      request.took);
  if (request.report.stale_age > duration{})
    stale_[static_cast<std::size_t>(request.report.route)].observe(request.report.stale_age);
}

void worker_counters::finished(const proxy::finished_attempt& attempt) {
  const auto route = static_cast<std::size_t>(attempt.route);
  attempts_[route].observe(attempt.took);
  if (attempt.status >= first_status && attempt.status < first_status + status_count) {
    statuses_[route][attempt.status - first_status].add(1);
  } else {
    // A status outside 100..599 is no HTTP: the origin should have said `protocol`.
    failures_[route][attempt.status == 0 ? code_of(attempt.failure) : code_of(proxy::failure_kind::protocol)].add(1);
  }
}

void worker_counters::upstream_connections(proxy::connection_state state, int by) {
  upstream_[static_cast<std::size_t>(state)].add(by);
}

void worker_counters::client_connections(int by) { clients_.add(by); }

void worker_counters::connection_cut(cutoff why) { cut_[static_cast<std::size_t>(why)].add(1); }

void worker_counters::unknown_in_record(records::kind kind, std::uint64_t fields, std::uint64_t values) {
  if (!records::is_typed(kind)) return;
  unknown_fields_[static_cast<std::size_t>(kind)].add(static_cast<std::int64_t>(fields));
  unknown_values_[static_cast<std::size_t>(kind)].add(static_cast<std::int64_t>(values));
}

}  // namespace sidecache::metrics
