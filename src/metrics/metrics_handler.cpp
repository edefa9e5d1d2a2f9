#include "metrics/metrics_handler.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace sidecache::metrics {
namespace {

constexpr std::string_view plain = "text/plain; charset=utf-8";
constexpr std::string_view page = "text/plain; version=0.0.4; charset=utf-8";  // Prometheus' text format
constexpr std::string_view uncached = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";

}  // namespace

proxy::answer metrics_handler::answer_to(const http::request_head& request) const {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  const bool known = path == "/metrics" || path == "/livez" || path == "/readyz";
  if (!known) return proxy::make_error(404, "not_found", "there is /metrics, /livez and /readyz", request.method);
  if (request.method != http::method::get && request.method != http::method::head) {
    auto refused = proxy::make_error(405, "method_not_allowed", "only GET and HEAD are", request.method);
    refused.extra.append("Allow: GET, HEAD\r\n");
    return refused;
  }
  if (path == "/metrics") return proxy::make_answer(200, page, figures_.text(), uncached);
  if (path == "/readyz" && !ready_.load(std::memory_order_relaxed)) {
    return proxy::make_answer(503, plain, "shutting down\n", uncached);
  }
  return proxy::make_answer(200, plain, "ok\n", uncached);
}

std::optional<proxy::answer> metrics_handler::answer_now(const http::request_head& request) {
  auto answer = answer_to(request);
  if (answer.status >= 400 && answer.status < 500) answer.report.outcome = outcome::rejected;
  return answer;
}

boost::asio::awaitable<void> metrics_handler::handle(proxy::exchange& client) {
  auto answer = *answer_now(client.request());
  co_await client.send(std::move(answer));
}

}  // namespace sidecache::metrics
