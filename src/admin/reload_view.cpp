#include "admin/reload_view.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "admin/utc_text.hpp"

namespace sidecache::admin {

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
