#include "admin/shadow_view.hpp"

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>
#include <chrono>

#include "admin/shown_ident.hpp"
#include "admin/utc_text.hpp"

namespace sidecache::admin {
namespace {

namespace json = boost::json;

double in_seconds(duration d) { return std::chrono::duration<double>(d).count(); }

json::object json_of(const proxy::shadow_report::of_route& route) {
  json::object results;
  for (std::size_t i = 0; i < route.tally.results.size(); ++i)
    results[proxy::shadow_result_names[i]] = route.tally.results[i];
  return {{"asked", route.tally.asked()},
          {"results", std::move(results)},
          {"spared_requests", route.tally.spared},
          {"spared_bytes", route.tally.spared_bytes},
          {"waited_seconds", in_seconds(route.tally.waited)},
          {"waited_median_seconds", in_seconds(route.waited_median)},
          {"waited_p99_seconds", in_seconds(route.waited_p99)}};
}

json::object json_of(const proxy::shadow_difference& each) {
  json::array fields;
  for (const auto& name : each.fields) fields.emplace_back(shown_ident(name));
  return {{"at", utc_text(each.at)},
          {"route", http::to_string(each.route)},
          {"ident", shown_ident(each.ident)},
          {"outcome", to_string(each.how)},
          {"would_be_status", each.would_be},
          {"status", each.is},
          {"age_seconds", in_seconds(each.age)},
          {"fields", std::move(fields)}};
}

json::object json_of(const plane_shadow& plane) {
  json::object routes;
  for (const auto& [route, each] : plane.report.routes) routes[http::to_string(route)] = json_of(each);
  json::array differences;
  for (const auto& each : plane.report.latest) differences.push_back(json_of(each));
  const json::value since = plane.report.since ? json::value(utc_text(*plane.report.since)) : json::value(nullptr);
  return {{"mode", proxy::mode_names[static_cast<std::size_t>(plane.mode)]},
          {"since", since},
          {"routes", std::move(routes)},
          {"differences", std::move(differences)}};
}

}  // namespace

json::object json_of(const std::vector<plane_shadow>& planes) {
  json::object made;
  for (const auto& each : planes) made[each.plane] = json_of(each);
  return {{"planes", std::move(made)}};
}

std::string mode_text(const std::vector<plane_shadow>& planes) {
  std::string text;
  for (const auto& each : planes) {
    if (each.mode == proxy::mode::on) continue;
    if (!text.empty()) text.append(", ");
    if (planes.size() > 1) text.append(each.plane).append(": ");
    text.append(proxy::mode_names[static_cast<std::size_t>(each.mode)]);
  }
  return text;
}

}  // namespace sidecache::admin
