#include "proxy/origin.hpp"

namespace sidecache::proxy {

asio::awaitable<boost::system::error_code> answer_sink::start_with(http::response_head& head, std::string_view piece) {
  if (const auto error = co_await start(head)) co_return error;
  if (piece.empty()) co_return boost::system::error_code{};
  co_return co_await write(piece);
}

std::string_view to_string(failure_kind kind) {
  switch (kind) {
    case failure_kind::timeout:
      return "timeout";
    case failure_kind::connect:
      return "connect";
    case failure_kind::reset:
      return "reset";
    case failure_kind::tls:
      return "tls";
    case failure_kind::proxy:
      return "proxy";
    case failure_kind::protocol:
      return "protocol";
    case failure_kind::too_large:
      return "too_large";
    case failure_kind::overloaded:
      return "overloaded";
    case failure_kind::avoided:
      return "avoided";
  }
  return "unknown";
}

std::string_view to_string(urgency how) {
  switch (how) {
    case urgency::prefetch:
      return "prefetch";
    case urgency::refresh:
      return "refresh";
    case urgency::stale_held:
      return "stale_held";
    case urgency::miss:
      return "miss";
  }
  return "unknown";
}

}  // namespace sidecache::proxy
