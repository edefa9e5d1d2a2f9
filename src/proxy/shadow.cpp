#include "proxy/shadow.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <numeric>

#include "proxy/cache_status.hpp"
#include "proxy/entry_maker.hpp"

namespace sidecache::proxy {
namespace {

namespace json = boost::json;

constexpr std::string_view envelope = "data";

void add_differing(const json::object& one, const json::object& other, std::string_view in,
                   std::vector<std::string>& out) {
  const auto name = [&](std::string_view member) {
    if (out.size() < most_named_fields) out.push_back(std::string(in).append(member));
  };
  for (const auto& [key, value] : one) {
    const json::value* const there = other.if_contains(key);
    if (there != nullptr && *there == value) continue;
    const bool both_envelopes =
        in.empty() && key == envelope && value.is_object() && there != nullptr && there->is_object();
    if (both_envelopes) {
      add_differing(value.get_object(), there->get_object(), "data.", out);
    } else {
      name(key);
    }
  }
  for (const auto& [key, value] : other)
    if (!one.contains(key)) name(key);
}

bool is_of_usage(std::string_view field) {
  if (field.starts_with("data.")) field.remove_prefix(5);
  return std::ranges::find(usage_fields, field) != usage_fields.end();
}

}  // namespace

std::vector<std::string> differing_fields(std::string_view one, std::string_view other) {
  if (one == other) return {};
  json::error_code error;
  const json::value first = json::parse(one, error);
  const json::value second = error ? json::value{} : json::parse(other, error);
  if (error) return {""};
  if (first == second) return {};
  if (!first.is_object() || !second.is_object()) return {""};
  std::vector<std::string> out;
  add_differing(first.get_object(), second.get_object(), "", out);
  std::ranges::sort(out);
  return out;
}

shadow_comparison compare(const would_be& memory, const landing& came, bool overtaken) {
  if (!memory.entry) return {};
  if (consequence_of(came.verdict).stale_first) return {.result = shadow_result::stood_in};
  const shadow_result otherwise = overtaken ? shadow_result::overtaken : shadow_result::wrong;
  if (!came.answer || came.answer->status != memory.entry->status) return {.result = otherwise};
  if (memory.entry->status != 200) return {.result = shadow_result::agreed};
  auto fields = differing_fields(memory.entry->bytes(), came.answer->bytes());
  if (fields.empty()) return {.result = shadow_result::agreed};
  if (std::ranges::all_of(fields, is_of_usage)) return {.result = shadow_result::moved};
  return {.result = otherwise, .fields = std::move(fields)};
}

landing_ptr unkept(const lookup& of, const std::expected<upstream_answer, failure>& came, instant now) {
  auto out = std::make_shared<landing>();
  if (came) {
    out->verdict = judge(of.kind, *came, false).verdict;
    out->answer = make_unstored(of, *came, 0, now);
  } else {
    out->verdict = judge(came.error());
    out->why = came.error();
  }
  return out;
}

std::uint64_t shadow_tally::asked() const { return std::accumulate(results.begin(), results.end(), std::uint64_t{0}); }

std::uint64_t shadow_tally::compared() const {
  std::uint64_t all = 0;
  for (std::size_t i = 0; i < results.size(); ++i)
    if (is_compared(static_cast<shadow_result>(i))) all += results[i];
  return all;
}

void shadow_book::begin(wall_time now) {
  const std::lock_guard lock(mutex_);
  since_ = now;
  run_.clear();
  latest_.clear();
}

void shadow_book::note(const line& what, instant now) {
  shadow_comparison found;
  if (what.came != nullptr) found = compare(what.memory, *what.came, what.overtaken);
  if (found.result == shadow_result::missed && what.shared) found.result = shadow_result::shared;
  const bool answered = is_compared(found.result);
  const bool spared = !what.memory.asks_too && (what.shared || answered);
  const std::size_t bytes = what.came != nullptr && what.came->answer ? what.came->answer->bytes().size() : 0;
  const http::route route = http::route_of(what.of.kind);

  const std::lock_guard lock(mutex_);
  part& run = run_[route];
  for (shadow_tally* const each : {&ever_[route], &run.tally}) {
    ++each->results[static_cast<std::size_t>(found.result)];
    if (spared) ++each->spared;
    if (spared) each->spared_bytes += bytes;
    if (answered) each->waited += what.took;
  }
  if (answered) run.waits.record(what.took);
  if (found.result != shadow_result::wrong) return;
  if (latest_.size() == most_differences) latest_.pop_back();
  latest_.push_front({.at = now.wall,
                      .route = route,
                      .ident = what.of.ident,
                      .how = what.memory.how,
                      .would_be = what.memory.entry->status,
                      .is = what.came->answer ? what.came->answer->status : 0,
                      .age = age_of(*what.memory.entry, now),
                      .fields = std::move(found.fields)});
}

shadow_report shadow_book::report() const {
  const std::lock_guard lock(mutex_);
  shadow_report made{.since = since_, .routes = {}, .latest = {latest_.begin(), latest_.end()}};
  for (const auto& [route, each] : run_)
    made.routes[route] = {
        .tally = each.tally, .waited_median = each.waits.percentile(50), .waited_p99 = each.waits.percentile(99)};
  return made;
}

std::map<http::route, shadow_tally> shadow_book::totals() const {
  const std::lock_guard lock(mutex_);
  return ever_;
}

}  // namespace sidecache::proxy
