#include "replay/target.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "base/listen_address.hpp"
#include "net/upstream_url.hpp"

namespace sidecache::replay {
namespace {

namespace ssl = boost::asio::ssl;
using found = std::expected<target, target_error>;

std::unexpected<target_error> usage(std::string why) {
  return std::unexpected(target_error{target_problem::usage, std::move(why)});
}

found unix_target(std::string_view path, target made) {
  if (!path.starts_with('/') || path.size() > longest_unix_path)
    return usage("expected unix:/PATH, absolute and of at most 107 bytes");
  made.host = "localhost";
  made.endpoints.emplace_back(asio::local::stream_protocol::endpoint(std::string(path)));
  return made;
}

std::expected<std::shared_ptr<ssl::context>, std::string> client_tls(const trust& whom) {
  auto made = std::make_shared<ssl::context>(ssl::context::tls_client);
  SSL_CTX_set_min_proto_version(made->native_handle(), TLS1_2_VERSION);
  constexpr unsigned char http11[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
  SSL_CTX_set_alpn_protos(made->native_handle(), http11, sizeof(http11));
  made->set_verify_mode(whom.verified ? ssl::verify_peer : ssl::verify_none);
  boost::system::error_code error;
  if (whom.ca_file.empty()) {
    made->set_default_verify_paths(error);
  } else {
    made->load_verify_file(whom.ca_file, error);
  }
  if (error) return std::unexpected("cannot use the certificate authorities: " + error.message());
  return made;
}

}  // namespace

found find_target(std::string_view url, const trust& whom) {
  target made;
  made.text = url;
  constexpr std::string_view unix_scheme = "unix:";
  if (url.starts_with(unix_scheme)) return unix_target(url.substr(unix_scheme.size()), std::move(made));
  const auto parts = net::parse_upstream_url(url);
  if (!parts) return usage(parts.error() + " (http://HOST:PORT, https://HOST:PORT or unix:/PATH)");
  made.host = parts->authority;
  made.prefix = parts->prefix;
  made.name = parts->host;
  made.is_address = parts->is_address;
  if (parts->tls) {
    auto tls = client_tls(whom);
    if (!tls) return usage(std::move(tls.error()));
    made.tls = std::move(*tls);
  }
  asio::io_context context(1);
  boost::system::error_code error;
  const auto results = asio::ip::tcp::resolver(context).resolve(parts->lookup_name, std::to_string(parts->port), error);
  for (const auto& each : results) made.endpoints.emplace_back(each.endpoint());
  if (made.endpoints.empty())
    return std::unexpected(target_error{target_problem::unreachable, parts->host + ": " + error.message()});
  return made;
}

}  // namespace sidecache::replay
