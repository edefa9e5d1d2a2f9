// Where a replay sends: http://HOST[:PORT][/PREFIX], https://… or unix:/PATH.
//
// Resolved once, before the run: looking a name up must not be part of a latency. Plain data, shared by all threads.
#pragma once

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/ssl/context.hpp>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::replay {

namespace asio = boost::asio;

struct trust {
  std::string ca_file;   ///< PEM; empty: the system's certificate authorities
  bool verified = true;  ///< false: any certificate will do
};

struct target {
  std::string text;                                                 ///< as it was given
  std::string host;                                                 ///< the value of Host
  std::string prefix;                                               ///< of every path
  std::string name;                                                 ///< that its certificate must have
  bool is_address = false;                                          ///< the name is one: no SNI (RFC 6066 §3)
  std::vector<asio::generic::stream_protocol::endpoint> endpoints;  ///< in the order in which they are tried
  std::shared_ptr<asio::ssl::context> tls;                          ///< null: in clear
};

enum class target_problem : std::uint8_t { usage, unreachable };
struct target_error {
  target_problem kind;
  std::string why;
};

/// Takes the URL apart and resolves its name.
[[nodiscard]] std::expected<target, target_error> find_target(std::string_view url, const trust& whom);

}  // namespace sidecache::replay
