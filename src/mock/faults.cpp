#include "mock/faults.hpp"

#include <algorithm>

#include "mock/message.hpp"

namespace sidecache::mock {
namespace {

using ending = fault_plan::ending;
using content = fault_plan::content;

void replace_content(fault_plan& plan, content what, const fault& by) {
  if (plan.what != content::record) return;
  plan.what = what;
  plan.status = by.status;
  plan.retry_after = by.retry_after;
  if (what == content::huge) plan.huge_bytes = by.bytes.value_or(std::uint64_t{1} << 30U);
}

void end_early(fault_plan& plan, ending how, const fault& by) {
  if (plan.how != ending::complete) return;
  plan.how = how;
  plan.cut_bytes = by.bytes;
  plan.stall = by.wait;
  plan.applied = by.after;
}

void apply(fault_plan& plan, const fault& one, double jitter) {
  switch (one.kind) {
    case fault_kind::latency: {
      auto& wait = one.after ? plan.after : plan.before;
      wait += one.wait + std::chrono::duration_cast<duration>(one.jitter * jitter);
      return;
    }
    case fault_kind::error:
      return replace_content(plan, content::error, one);
    case fault_kind::rate_limit:
      return replace_content(plan, content::rate_limit, one);
    case fault_kind::html:
      return replace_content(plan, content::html, one);
    case fault_kind::huge_body:
      return replace_content(plan, content::huge, one);
    case fault_kind::reset:
    case fault_kind::stall:
      return end_early(plan, ending::none, one);
    case fault_kind::truncate:
      return end_early(plan, ending::truncated, one);
    case fault_kind::wrong_length:
      return end_early(plan, ending::longer_announced, one);
    case fault_kind::cut_chunk:
      return end_early(plan, ending::cut_chunk, one);
    case fault_kind::chunked:
      plan.chunked = true;
      return;
    case fault_kind::gzip:
      plan.gzip = true;
      return;
    case fault_kind::slow_body:
      plan.piece_bytes = std::max<std::uint64_t>(1, one.bytes.value_or(64));
      plan.piece_pause = one.wait;
      return;
    case fault_kind::many_headers:
      plan.more_fields += one.count;
      return;
    case fault_kind::header:
      plan.set_fields.emplace_back(one.name, one.value);
      return;
  }
}

bool in_force(const fault& one, duration since_start) {
  return one.times != 0 && one.from <= since_start && since_start < one.until;
}

bool concerns(const fault& one, std::string_view method, std::string_view path) {
  return (one.method.empty() || one.method == method) && path.contains(one.path);
}

/// Of one request. Its numbers begin where no neighbour's come by: splitmix64 goes on by another odd number than this.
chance chance_of(std::uint64_t seed, std::uint64_t number) { return chance(seed + number * 0xD1B54A32D192ED03ULL); }

}  // namespace

faults::faults(const options& with) : seed_(with.seed), delays_(with.delays), all_(with.timeline) {
  if (with.latency > duration::zero() || with.jitter > duration::zero())
    add({.kind = fault_kind::latency, .wait = with.latency, .jitter = with.jitter});
  if (with.reset_rate > 0) add({.kind = fault_kind::reset, .rate = with.reset_rate});
  if (with.error_rate > 0) add({.kind = fault_kind::error, .rate = with.error_rate, .status = with.error_status});
  if (with.slow_body > duration::zero())
    add({.kind = fault_kind::slow_body, .wait = with.slow_body, .bytes = with.slow_body_bytes});
}

void faults::clear() {
  all_.clear();
  delays_.reset();
}

bool faults::quiet(duration since_start) const {
  return !delays_ && std::ranges::none_of(all_, [&](const fault& one) { return in_force(one, since_start); });
}

fault_plan faults::plan_for(std::string_view method, std::string_view raw_target, std::uint64_t number,
                            duration since_start) {
  fault_plan plan;
  chance chances = chance_of(seed_, number);
  if (delays_) plan.before += delays_->at(chances.fraction());
  for (auto& one : all_) {
    if (!in_force(one, since_start) || !concerns(one, method, path_of(raw_target))) continue;
    if (one.rate < 1 && chances.fraction() >= one.rate) continue;
    if (one.times) --*one.times;
    apply(plan, one, one.jitter > duration::zero() ? chances.fraction() : 0);
  }
  return plan;
}

}  // namespace sidecache::mock
