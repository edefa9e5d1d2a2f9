// The part of resilient_origin that begins without a coroutine.
#include "resilience/begun_attempts.hpp"

namespace sidecache::resilience {

double resilient_origin::first_chance() {
  const double drawn = drawn_ ? *drawn_ : random_();
  drawn_.reset();
  return drawn;
}

template <class Begin>
auto resilient_origin::begin_by(Begin begin) -> decltype(begin(std::declval<upstream_group::permit&>(), mono_time{})) {
  const mono_time now = this->now();
  const double chance = first_chance();
  auto permit = group_.choose({.left_out = 0, .may = probing::preferred, .random = chance, .closed_only = true}, now);
  auto begun = permit ? begin(*permit, now) : nullptr;
  if (begun) {
    group_.request_begins(now);
  } else {
    drawn_ = chance;
  }
  return begun;
}

std::unique_ptr<proxy::begun_fetch> resilient_origin::begin_fetch(const proxy::ready_request& request,
                                                                  std::uint64_t max_body_bytes,
                                                                  const std::shared_ptr<proxy::answer_waiter>& told) {
  if (settings_.hedging && group_.late_fetch()) return nullptr;
  return begin_by([&](upstream_group::permit& permit, mono_time now) -> std::unique_ptr<proxy::begun_fetch> {
    permit.begin_fetch(now);
    proxy::ready_request in_time = request;
    in_time.deadline = std::min(request.deadline, now + settings_.timeout);
    auto inner = inner_[permit.upstream()]->begin_fetch(in_time, max_body_bytes, told);
    if (!inner) return nullptr;
    return std::make_unique<begun_fetch>(*this, std::move(permit), now, max_body_bytes, std::move(inner));
  });
}

std::unique_ptr<proxy::begun_relay> resilient_origin::begin_relay(const proxy::ready_request& request,
                                                                  const std::shared_ptr<proxy::answer_waiter>& told) {
  return begin_by([&](upstream_group::permit& permit, mono_time now) -> std::unique_ptr<proxy::begun_relay> {
    auto inner = inner_[permit.upstream()]->begin_relay(request, told);
    if (!inner) return nullptr;
    return std::make_unique<begun_pass>(*this, std::move(permit), now, std::move(inner));
  });
}

}  // namespace sidecache::resilience
