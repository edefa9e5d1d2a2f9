#include "mock/instance.hpp"

#include <algorithm>

#include "mock/api_error.hpp"
#include "mock/data_plane.hpp"
#include "mock/formula_records.hpp"

namespace sidecache::mock {
namespace {

bool for_console(const request& asked) { return asked.target.starts_with("/__mock/"); }

http::route route_of(std::string_view raw_target) {
  auto where = parse_target(raw_target);
  if (!where) return http::route::other;
  const std::size_t first = enter_data_plane(*where) ? 1 : 0;
  if (where->literal(0) == "organisation") return where->literal(2) == "sync" ? http::route::sync : http::route::other;
  std::string collection = where->literal(first);
  if (collection == "prompts" && where->literal(first + 1) == "partials") collection += "/partials";
  const auto* const names = std::ranges::find(families, collection, &family_names::collection);
  return names == families.end() ? http::route::other : route_of(names->kind);
}

constexpr std::string_view page =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Checking your browser</h1></body></html>\n";

}  // namespace

instance::instance(const options& with, const clock& time)
    : clock_(time), options_(with), formula_(with), control_plane_(with, time.now().wall), faults_(with) {
  begin_run("", time.now());
}

void instance::begin_run(std::string id, instant now) {
  if (run_) {
    run_->end(now);
    past_runs_.push_back(std::move(run_));
    if (past_runs_.size() > kept_runs) past_runs_.pop_front();
  }
  ++runs_;
  run_ = std::make_shared<run>(id.empty() ? "run-" + std::to_string(runs_) : std::move(id), now);
  journal_.clear();
}

instance::admission instance::arrived(const request& asked) {
  admission one;
  one.of = run_;
  const auto number = run_->arrived(route_of(asked.target));
  if (options_.journal)
    one.number = journal_.arrived(asked.method_name, asked.target, control_plane_.caller_of(*asked.fields));
  if (!faults_.none()) one.plan = faults_.plan_for(asked.method_name, asked.target, number, since_start());
  return one;
}

std::optional<instance::admission> instance::admit(const request& asked) {
  if (for_console(asked)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  return arrived(asked);
}

response instance::answer(const request& asked, const fault_plan& plan) {
  const std::lock_guard lock(mutex_);
  return answer_locked(asked, plan);
}

void instance::ended(const admission& one, ended_as how, unsigned status) {
  const std::lock_guard lock(mutex_);
  one.of->ended(how, status);
  if (options_.journal) journal_.answered(one.number, status);
}

void instance::left(const admission& one, ended_as counted, unsigned status) {
  const std::lock_guard lock(mutex_);
  one.of->left(counted, status);
}

void instance::delayed(const admission& one, duration intended, duration achieved) {
  const std::lock_guard lock(mutex_);
  one.of->delayed(intended, achieved);
}

std::optional<response> instance::answer_now(const request& asked) {
  const std::lock_guard lock(mutex_);
  if (for_console(asked)) return answer_locked(asked, {});
  if (!faults_.none() && !faults_.quiet(since_start())) return std::nullopt;
  const auto one = arrived(asked);
  auto made = answer_locked(asked, {});
  one.of->ended(ended_as::whole, made.status);
  if (options_.journal) journal_.answered(one.number, made.status);
  return made;
}

std::optional<instance::formula_access> instance::formula_access_of(const http::fields& fields) {
  if (!formula_.any() || options_.journal || options_.etag) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto now = clock_.now().wall;
  formula_access made;
  made.admin = control_plane_.formula_for(fields, false, now);
  made.gateway = control_plane_.formula_for(fields, true, now);
  made.edits = edits_;
  if (!made.admin && !made.gateway) return std::nullopt;
  made.head = "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n";
  control_plane_.undated_fields().serialize(made.head);
  return made;
}

std::optional<std::uint64_t> instance::answered_by_formula(const formula_access& by, http::route route) {
  const std::lock_guard lock(mutex_);
  if (by.edits != edits_ || (!faults_.none() && !faults_.quiet(since_start()))) return std::nullopt;
  const auto number = run_->arrived(route);
  run_->ended(ended_as::whole, 200);
  return number;
}

void instance::sampled(const loop_sample& of_a_thread) {
  const std::lock_guard lock(mutex_);
  run_->sampled(of_a_thread);
}

std::string instance::verdict() {
  const std::lock_guard lock(mutex_);
  return verdict_of(*run_);
}

response instance::answer_locked(const request& asked, const fault_plan& plan) {
  const auto now = clock_.now().wall;
  if (for_console(asked)) return console(asked, now);
  switch (plan.what) {
    case fault_plan::content::error:
    case fault_plan::content::rate_limit: {
      const bool limited = plan.what == fault_plan::content::rate_limit;
      auto made = limited ? control_plane_.dressed(429, rate_limited().to_json(), now)
                          : control_plane_.dressed(plan.status, internal(plan.status).to_json(), now);
      if (plan.retry_after) made.fields.add("Retry-After", std::to_string(*plan.retry_after));
      return made;
    }
    case fault_plan::content::html: {
      auto made = control_plane_.dressed(plan.status, std::string(page), now);
      made.content_type = "text/html; charset=utf-8";
      return made;
    }
    case fault_plan::content::huge:
      return control_plane_.dressed(200, "", now);
    case fault_plan::content::record:
      break;
  }
  return control_plane_.handle(asked, now);
}

}  // namespace sidecache::mock
