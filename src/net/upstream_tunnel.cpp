#include "net/upstream_tunnel.hpp"

#include <array>
#include <string>
#include <utility>

#include "net/upstream_response.hpp"

namespace sidecache::net {
namespace {

std::unexpected<proxy::failure> refused(std::string detail) {
  return std::unexpected(proxy::failure{proxy::failure_kind::proxy, false, std::move(detail)});
}

std::unexpected<proxy::failure> broken(const proxy::failure& why) {
  return refused("the proxy did not answer CONNECT as it should: " + why.detail);
}

}  // namespace

secret tunnel_request(const upstream_url& target, const upstream_proxy& by) {
  const auto where = host_and_port(target);
  std::string head;
  head.reserve(2 * where.size() + by.authorization.view().size() + 64);  // never moved: it is wiped where it is
  head.append("CONNECT ").append(where).append(" HTTP/1.1\r\nHost: ").append(where).append("\r\n");
  if (!by.authorization.empty()) head.append("Proxy-Authorization: ").append(by.authorization.view()).append("\r\n");
  head.append("\r\n");
  secret out(head);
  wipe(head.data(), head.size());
  return out;
}

asio::awaitable<std::expected<void, proxy::failure>> open_tunnel(upstream_connection& connection,
                                                                 const upstream_url& target, const upstream_proxy& by) {
  const secret request = tunnel_request(target, by);
  const std::array buffers{asio::buffer(request.view())};
  if (const auto error = co_await connection.write(buffers)) co_return broken(connection.failure(error));
  upstream_response response(connection, http::method::connect);
  const auto head = co_await response.head();
  if (!head) co_return broken(head.error());
  if (head->status >= 300) co_return refused("the proxy answered CONNECT with " + std::to_string(head->status));
  if (!connection.unread().empty()) co_return refused("the proxy said more than that the tunnel is open");
  co_return std::expected<void, proxy::failure>{};
}

}  // namespace sidecache::net
