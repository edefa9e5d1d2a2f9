// A control plane that can be asked: settings that were checked, the URL taken apart, TLS ready. Made once at start-up,
// unchanging, and shared by the upstreams of all workers.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "base/secret.hpp"
#include "net/upstream_settings.hpp"
#include "net/upstream_tls.hpp"
#include "net/upstream_url.hpp"

namespace sidecache::net {

/// What stands between us and the control plane.
struct upstream_proxy {
  upstream_url url;
  secret authorization;  ///< value of Proxy-Authorization; empty: none is sent
};

struct upstream_site {
  upstream_settings settings;
  upstream_url url;
  std::unique_ptr<upstream_tls> tls;    ///< null for http
  std::optional<upstream_proxy> proxy;  ///< nothing: asked directly

  /// Whom connections go to, and whose name is therefore resolved here.
  [[nodiscard]] const upstream_url& peer() const { return proxy ? proxy->url : url; }
  /// The proxy that reads each request and is told the whole URL; null if there is none, or it only hands the bytes of
  /// TLS through (CONNECT).
  [[nodiscard]] const upstream_proxy* reading_proxy() const { return proxy && !tls ? &*proxy : nullptr; }

  /// `proxy_credentials`: user:password, or empty. The error names the setting that can't be used, and no secret.
  static std::expected<std::shared_ptr<const upstream_site>, std::string> make(upstream_settings settings,
                                                                               const secret& proxy_credentials = {});
};

}  // namespace sidecache::net
