#include "resilience/active_checks.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "resilience/retry_rules.hpp"

namespace sidecache::resilience {
namespace {

/// What comes back is looked at no further than its status; a page that is longer is well too (too_large).
constexpr std::uint64_t most_body_bytes = std::uint64_t{64} * 1024;

}  // namespace

active_checks::active_checks(asio::any_io_executor executor, std::vector<proxy::origin*> inner, upstream_group& group,
                             check_settings settings, const clock& time, alarms& wake)
    : executor_(std::move(executor)),
      inner_(std::move(inner)),
      group_(group),
      settings_(std::move(settings)),
      clock_(time),
      alarms_(wake),
      subjects_(inner_.size()) {
  if (settings_.path.empty()) return;
  for (std::size_t i = 0; i < subjects_.size(); ++i) check_later(i);
}

void active_checks::check_later(std::size_t index) {
  subjects_[index].next = alarms_.set(clock_.now().mono + settings_.interval, [this, index] { check(index); });
}

void active_checks::check(std::size_t index) {
  check_later(index);  // first: whatever becomes of this one, there is a next
  if (subjects_[index].under_way) return;
  auto permit = group_.admit(index, clock_.now().mono);
  if (!permit) return;
  subjects_[index].under_way = true;
  asio::co_spawn(executor_, ask(index, std::move(*permit)), [](const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      spdlog::error("a check of an upstream ended by an exception: {}", error.what());
    }
  });
}

asio::awaitable<void> active_checks::ask(std::size_t index, upstream_group::permit permit) {
  const mono_time begun = clock_.now().mono;
  proxy::upstream_request request;
  request.target = settings_.path;
  request.fields.add("User-Agent", "sidecache");
  request.urgency = proxy::urgency::prefetch;
  request.deadline = begun + settings_.timeout;
  const auto came = co_await inner_[index]->fetch(std::move(request), most_body_bytes);
  subjects_[index].under_way = false;
  const mono_time ended = clock_.now().mono;
  if (came) {
    permit.settle(finding_of(came->head.status), ended - begun, "check: status " + std::to_string(came->head.status),
                  ended);
  } else {
    permit.settle(finding_of(came.error()), ended - begun, "check: " + came.error().detail, ended);
  }
}

}  // namespace sidecache::resilience
