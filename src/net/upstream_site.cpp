#include "net/upstream_site.hpp"

namespace sidecache::net {

std::expected<std::shared_ptr<const upstream_site>, std::string> upstream_site::make(upstream_settings settings) {
  auto site = std::make_shared<upstream_site>();
  auto url = parse_upstream_url(settings.url);
  if (!url) return std::unexpected("upstream url: " + url.error());
  if (settings.max_connections == 0 || settings.max_relay_connections == 0)
    return std::unexpected("upstream: at least one connection must be allowed");
  site->url = std::move(*url);
  site->settings = std::move(settings);
  if (site->url.tls) {
    auto tls = upstream_tls::make(site->settings, site->url);
    if (!tls) return std::unexpected("upstream: " + tls.error());
    site->tls = std::move(*tls);
  }
  return site;
}

}  // namespace sidecache::net
