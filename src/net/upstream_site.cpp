#include "net/upstream_site.hpp"

#include <openssl/evp.h>

#include <algorithm>
#include <vector>

#include "http/no_proxy.hpp"

namespace sidecache::net {
namespace {

/// RFC 7617 §2. Where the bytes pass they are wiped.
secret basic(std::string_view user_and_password) {
  constexpr std::string_view scheme = "Basic ";
  std::vector<unsigned char, wiping_allocator<unsigned char>> out(scheme.size() +
                                                                  (user_and_password.size() + 2) / 3 * 4 + 1);
  std::ranges::copy(scheme, out.begin());
  const int size =
      EVP_EncodeBlock(out.data() + scheme.size(), reinterpret_cast<const unsigned char*>(user_and_password.data()),
                      static_cast<int>(user_and_password.size()));
  return secret({reinterpret_cast<const char*>(out.data()), scheme.size() + static_cast<std::size_t>(size)});
}

std::expected<std::optional<upstream_proxy>, std::string> proxy_for(const upstream_url& url,
                                                                    const upstream_settings& settings,
                                                                    const secret& credentials) {
  if (settings.proxy.empty()) return std::nullopt;
  auto parsed = parse_proxy_url(settings.proxy);
  if (!parsed) return std::unexpected("upstream proxy: " + parsed.error());
  if (http::goes_direct(url.host, url.port, http::parse_no_proxy(settings.no_proxy))) return std::nullopt;
  upstream_proxy out{std::move(*parsed), {}};
  if (!credentials.empty()) out.authorization = basic(credentials.view());
  return out;
}

}  // namespace

std::expected<std::shared_ptr<const upstream_site>, std::string> upstream_site::make(upstream_settings settings,
                                                                                     const secret& proxy_credentials) {
  auto site = std::make_shared<upstream_site>();
  auto url = parse_upstream_url(settings.url);
  if (!url) return std::unexpected("upstream url: " + url.error());
  if (settings.max_connections == 0 || settings.max_relay_connections == 0)
    return std::unexpected("upstream: at least one connection must be allowed");
  site->url = std::move(*url);
  auto proxy = proxy_for(site->url, settings, proxy_credentials);
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  site->proxy = std::move(*proxy);
  site->settings = std::move(settings);
  if (site->url.tls) {
    auto tls = upstream_tls::make(site->settings, site->url);
    if (!tls) return std::unexpected("upstream: " + tls.error());
    site->tls = std::move(*tls);
  }
  return site;
}

}  // namespace sidecache::net
