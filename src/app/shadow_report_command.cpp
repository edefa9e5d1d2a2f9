#include "app/shadow_report_command.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iostream>
#include <iterator>

#include "app/admin_question.hpp"

namespace sidecache::app {
namespace {

namespace json = boost::json;

const json::object& object_in(const json::value& in, std::string_view key) {
  static const json::object none;
  const json::value* at = in.is_object() ? in.get_object().if_contains(key) : nullptr;
  return at != nullptr && at->is_object() ? at->get_object() : none;
}

std::string text_in(const json::value& in, std::string_view key) {
  const json::value* at = in.is_object() ? in.get_object().if_contains(key) : nullptr;
  return at != nullptr && at->is_string() ? std::string(at->get_string()) : std::string();
}

double real_in(const json::value& in, std::string_view key) {
  const json::value* at = in.is_object() ? in.get_object().if_contains(key) : nullptr;
  json::error_code error;
  const double value = at == nullptr ? 0 : at->to_number<double>(error);
  return error ? 0 : value;
}

double percent(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

/// Of one route, or of several added up.
struct counts {
  std::int64_t asked = 0;
  std::int64_t agreed = 0;
  std::int64_t moved = 0;
  std::int64_t overtaken = 0;
  std::int64_t wrong = 0;
  std::int64_t stood_in = 0;

  void add(const json::value& route) {
    const json::value results = object_in(route, "results");
    asked += number(route, "asked");
    agreed += number(results, "agreed");
    moved += number(results, "moved");
    overtaken += number(results, "overtaken");
    wrong += number(results, "wrong");
    stood_in += number(results, "stood_in");
  }
  [[nodiscard]] std::int64_t answered() const { return agreed + moved + overtaken + wrong + stood_in; }
  /// What there was a word of the control plane's to compare with, and no write in between.
  [[nodiscard]] std::int64_t judged() const { return agreed + moved + wrong; }
};

using text_end = std::back_insert_iterator<std::string>;

void write_routes(const json::object& routes, text_end out) {
  fmt::format_to(out, "  {:<15} {:>9} {:>8} {:>9} {:>7} {:>7} {:>9} {:>9} {:>9} {:>10} {:>12}\n", "route", "asked",
                 "memory", "agreed", "moved", "wrong", "overtaken", "stood in", "spared", "waited", "bytes");
  for (const auto& [name, route] : routes) {
    counts own;
    own.add(route);
    fmt::format_to(out, "  {:<15} {:>9} {:>6.1f} % {:>9} {:>7} {:>7} {:>9} {:>9} {:>9} {:>8.1f} s {:>12}\n",
                   std::string_view(name), own.asked, percent(own.answered(), own.asked), own.agreed, own.moved,
                   own.wrong, own.overtaken, own.stood_in, number(route, "spared_requests"),
                   real_in(route, "waited_seconds"), number(route, "spared_bytes"));
  }
}

void write_differences(const json::value& plane, text_end out) {
  const json::value* const all = plane.get_object().if_contains("differences");
  if (all == nullptr || !all->is_array() || all->get_array().empty()) return;
  fmt::format_to(out, "  the last that would have been wrong:\n");
  for (const json::value& each : all->get_array()) {
    fmt::format_to(out, "    {} {} {}: {}, {:.1f} s old, {} where it is {}", text_in(each, "at"),
                   text_in(each, "route"), text_in(each, "ident"), text_in(each, "outcome"),
                   real_in(each, "age_seconds"), number(each, "would_be_status"), number(each, "status"));
    std::string fields;
    const json::value* const names = each.is_object() ? each.get_object().if_contains("fields") : nullptr;
    if (names != nullptr && names->is_array())
      for (const json::value& name : names->get_array())
        if (name.is_string()) fields.append(fields.empty() ? "; differs in " : ", ").append(name.get_string());
    fmt::format_to(out, "{}\n", fields);
  }
}

/// So many must have been compared before "none of them" says that at most one in a hundred is wrong.
constexpr std::int64_t enough = 300;

/// 3/n: the rule of three. What never happened in n independent trials happens, with 95 % confidence, less often.
exit_code write_verdict(const counts& sum, text_end out) {
  if (sum.wrong > 0) {
    fmt::format_to(out, "  Not safe to switch on: {} of {} compared answers ({:.3g} %) would have been wrong.\n",
                   sum.wrong, sum.judged(), percent(sum.wrong, sum.judged()));
    return exit_wrong;
  }
  if (sum.judged() == 0) {
    fmt::format_to(out, "  Nothing can be said yet: no answer of memory's was compared.\n");
    return exit_failed;
  }
  const double bound = std::min(100.0, percent(3, sum.judged()));
  if (sum.judged() < enough) {
    fmt::format_to(out,
                   "  Nothing wrong so far, and little seen: 0 of {} compared answers (with 95 % confidence fewer than "
                   "{:.3g} % are wrong; of {} it is 1 %).\n",
                   sum.judged(), bound, enough);
    return exit_ok;
  }
  fmt::format_to(out,
                 "  Safe to switch on, by what was seen: 0 of {} compared answers would have been wrong (with 95 % "
                 "confidence fewer than {:.3g} % are).\n",
                 sum.judged(), bound);
  return exit_ok;
}

exit_code write_plane(std::string_view name, const json::value& plane, text_end out) {
  const std::string since = text_in(plane, "since");
  if (since.empty()) {
    fmt::format_to(out, "{}: mode is {}, and was not shadow since the start.\n", name, text_in(plane, "mode"));
    return exit_failed;
  }
  fmt::format_to(out, "{}: mode is {}, put into shadow at {}\n", name, text_in(plane, "mode"), since);
  counts sum;
  const json::object& routes = object_in(plane, "routes");
  for (const auto& [route, each] : routes) sum.add(each);
  if (!routes.empty()) write_routes(routes, out);
  write_differences(plane, out);
  return write_verdict(sum, out);
}

}  // namespace

shadow_words words_of_shadow(const json::value& said) {
  shadow_words made{.text = {}, .code = exit_failed};
  bool wrong = false;
  bool compared = false;
  for (const auto& [name, plane] : object_in(said, "planes")) {
    const exit_code code = write_plane(name, plane, std::back_inserter(made.text));
    wrong = wrong || code == exit_wrong;
    compared = compared || code == exit_ok;
  }
  if (compared) made.code = exit_ok;
  if (wrong) made.code = exit_wrong;
  return made;
}

exit_code show_shadow(const config::settings& settings, bool as_json, duration timeout) {
  const auto said = ask_admin(settings, "/api/shadow", {}, timeout);
  if (!said) return complain("shadow-report", said.error());
  const shadow_words words = words_of_shadow(*said);
  std::cout << (as_json ? json::serialize(*said) + "\n" : words.text);
  return words.code;
}

}  // namespace sidecache::app
