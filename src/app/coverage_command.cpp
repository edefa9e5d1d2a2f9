#include "app/coverage_command.hpp"

#include <fmt/format.h>

#include <boost/json/value.hpp>
#include <iostream>

#include "app/admin_question.hpp"
#include "base/units.hpp"

namespace sidecache::app {
namespace {

namespace json = boost::json;

std::string span(std::int64_t seconds) { return format_duration(std::chrono::seconds(seconds)); }

}  // namespace

exit_code show_coverage(const config::settings& settings, duration timeout) {
  const auto said = ask_admin(settings, "/api/coverage", {}, timeout);
  if (!said) return complain("coverage", said.error());
  const auto asked = number(*said, "asked");
  const auto covered = number(*said, "covered");
  if (asked == 0) {
    std::cout << "No record was asked for within the last hour.\n";
    return exit_ok;
  }
  std::cout << fmt::format(
      "If the control plane went now, {} of the {} keys asked for within the last hour ({:.1f} %) "
      "could be served.\n",
      covered, asked, 100.0 * static_cast<double>(covered) / static_cast<double>(asked));
  if (covered == 0) return exit_ok;
  std::cout << fmt::format("The first of them is lost after {}, the last after {}.\n",
                           span(number(*said, "first_lost_seconds")), span(number(*said, "last_lost_seconds")));
  const json::value* after = said->get_object().if_contains("covered_after");
  if (after == nullptr || !after->is_array()) return exit_ok;
  for (const json::value& step : after->get_array())
    std::cout << fmt::format("  after {:>4}: {}\n", span(number(step, "seconds")), number(step, "covered"));
  return exit_ok;
}

}  // namespace sidecache::app
