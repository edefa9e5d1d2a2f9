#include "app/drill_command.hpp"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <iostream>

#include "app/admin_question.hpp"

namespace sidecache::app {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;

constexpr std::string_view name = "drill";
constexpr std::string_view target = "/api/drill";
constexpr std::size_t most_shown = 20;

std::string body_for(std::string_view length) { return json::serialize(json::object{{"for", length}}); }

/// True if a signal came before the time.
bool interrupted_within(duration time) {
  asio::io_context context;
  asio::steady_timer timer(context, time);
  asio::signal_set signals(context, SIGINT, SIGTERM);
  bool interrupted = false;
  timer.async_wait([&](const boost::system::error_code&) { signals.cancel(); });
  signals.async_wait([&](const boost::system::error_code& cancelled, int) {
    interrupted = !cancelled;
    timer.cancel();
  });
  context.run();
  return interrupted;
}

exit_code print(const json::value& report) {
  const auto failed = number(report, "failed");
  std::cout << fmt::format("{} lookups got a stale record, {} failed.\n", number(report, "stood_in"), failed);
  const json::value* records = report.get_object().if_contains("failed_records");
  if (failed == 0 || records == nullptr || !records->is_array()) return failed == 0 ? exit_ok : exit_failed;
  std::size_t shown = 0;
  for (const json::value& each : records->get_array()) {
    if (++shown > most_shown) break;
    const json::value* route = each.is_object() ? each.get_object().if_contains("route") : nullptr;
    const json::value* ident = each.is_object() ? each.get_object().if_contains("ident") : nullptr;
    if (route == nullptr || ident == nullptr || !route->is_string() || !ident->is_string()) continue;
    std::cout << fmt::format("  {} {}: {}\n", std::string_view(route->get_string()),
                             std::string_view(ident->get_string()), number(each, "times"));
  }
  const std::size_t all = records->get_array().size();
  if (all > most_shown) std::cout << fmt::format("  and {} records more: GET /api/drill\n", all - most_shown);
  return exit_failed;
}

}  // namespace

exit_code drill(const config::settings& settings, const drill_options& what, duration timeout) {
  auto report = ask_admin(settings, target, body_for(what.length), timeout);
  if (!report) return complain(name, report.error());
  const auto left = number(*report, "left_seconds");
  if (left == 0) return print(*report);
  std::cout << fmt::format("For {} s lookups behave as if the control plane were gone.\n", left) << std::flush;
  if (what.no_wait) return exit_ok;
  if (interrupted_within(std::chrono::seconds(left))) {
    report = ask_admin(settings, target, body_for("0s"), timeout);
  } else {
    report = ask_admin(settings, target, {}, timeout);
  }
  return report ? print(*report) : complain(name, report.error());
}

}  // namespace sidecache::app
