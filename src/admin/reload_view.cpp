#include "admin/reload_view.hpp"

#include <fmt/chrono.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <chrono>

namespace sidecache::admin {
namespace {

/// RFC 3339, to the second.
std::string utc_text(wall_time at) {
  return fmt::format("{:%FT%TZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(at)));
}

}  // namespace

boost::json::value json_of(const std::optional<reload_report>& last) {
  if (!last) return nullptr;
  boost::json::array changes;
  for (const auto& each : last->changes)
    changes.push_back({{"key", each.key}, {"running", each.running}, {"wanted", each.wanted}, {"live", each.live}});
  boost::json::array errors;
  for (const auto& each : last->errors) errors.emplace_back(each);
  return {{"result", last->result}, {"cause", last->cause},          {"at", utc_text(last->at)},
          {"taken", last->taken},   {"changes", std::move(changes)}, {"errors", std::move(errors)}};
}

std::string text_of(const std::optional<reload_report>& last) {
  if (!last) return {};
  return fmt::format("{}, by {}: {}. {}: {}", utc_text(last->at), last->cause, last->result,
                     last->taken ? "In force" : "What was read then is not in force", last->told);
}

}  // namespace sidecache::admin
