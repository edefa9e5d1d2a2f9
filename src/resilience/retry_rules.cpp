#include "resilience/retry_rules.hpp"

#include <algorithm>

namespace sidecache::resilience {

finding finding_of(unsigned status) {
  if (status == 429) return finding::alive;
  return status >= 500 ? finding::failed : finding::well;
}

finding finding_of(const proxy::failure& why) {
  using enum proxy::failure_kind;
  if (why.by_client) return finding::nothing;
  switch (why.kind) {
    case timeout:
    case connect:
    case reset:
    case tls:
    case proxy:
    case protocol:
      return finding::failed;
    case too_large:
      return finding::well;
    case overloaded:
    case avoided:
      return finding::nothing;
  }
  return finding::nothing;
}

bool is_worth_repeating(const http::response_head& head) {
  switch (head.status) {
    case 500:
    case 502:
    case 504:
      return true;
    case 503:
      return !head.fields.find("Retry-After");
    default:
      return false;
  }
}

bool is_worth_repeating(const proxy::failure& why) {
  return !why.by_client && (why.kind == proxy::failure_kind::connect || why.kind == proxy::failure_kind::reset);
}

bool never_arrived(const proxy::failure& why) { return why.kind == proxy::failure_kind::connect && !why.sent; }

duration backoff_before(std::uint64_t number, const retry_settings& settings, double random) {
  duration most = std::min(settings.backoff, longest_backoff);
  for (; number > 0 && most < longest_backoff; --number) most = std::min(most * 2, longest_backoff);
  return duration(static_cast<duration::rep>(static_cast<double>(most.count()) * random));
}

}  // namespace sidecache::resilience
