#include "metrics/metrics_handler.hpp"

#include <boost/asio/use_awaitable.hpp>

namespace sidecache::metrics {
namespace {

constexpr std::string_view plain = "text/plain; charset=utf-8";
constexpr std::string_view page = "text/plain; version=0.0.4; charset=utf-8";  // Prometheus' text format
constexpr std::string_view uncached = "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";

proxy::answer refused(unsigned status, std::string_view code, std::string_view message, http::method method) {
  auto answer = proxy::make_error(status, code, message, method);
  answer.report.outcome = outcome::rejected;
  return answer;
}

}  // namespace

proxy::answer metrics_handler::answer_to(const http::request_head& request) const {
  const auto path = std::string_view(request.target).substr(0, request.target.find('?'));
  const bool known = path == "/metrics" || path == "/livez" || path == "/readyz";
  if (!known) return refused(404, "not_found", "there is /metrics, /livez and /readyz", request.method);
  if (request.method != http::method::get && request.method != http::method::head) {
    auto answer = refused(405, "method_not_allowed", "this path is for GET and HEAD", request.method);
    answer.extra.append("Allow: GET, HEAD\r\n");
    return answer;
  }
  if (path == "/metrics") return proxy::make_answer(200, page, figures_.text(), uncached);
  if (path == "/readyz" && !ready_.load(std::memory_order_relaxed)) {
    return proxy::make_answer(503, plain, "shutting down\n", uncached);
  }
  return proxy::make_answer(200, plain, "ok\n", uncached);
}

std::optional<proxy::answer> metrics_handler::answer_now(const http::request_head& request,
                                                         const proxy::known_block* /*by*/) {
  return answer_to(request);
}

boost::asio::awaitable<void> metrics_handler::handle(proxy::exchange& client) {
  auto answer = answer_to(client.request());
  co_await client.send(std::move(answer));
}

}  // namespace sidecache::metrics
