// A control plane that can be asked: settings that were checked, the URL taken apart, TLS ready. Made once at start-up,
// unchanging, and shared by the upstreams of all workers.
#pragma once

#include <expected>
#include <memory>
#include <string>

#include "net/upstream_settings.hpp"
#include "net/upstream_tls.hpp"
#include "net/upstream_url.hpp"

namespace sidecache::net {

struct upstream_site {
  upstream_settings settings;
  upstream_url url;
  std::unique_ptr<upstream_tls> tls;  ///< null for http

  /// The error names the setting that can't be used.
  static std::expected<std::shared_ptr<const upstream_site>, std::string> make(upstream_settings settings);
};

}  // namespace sidecache::net
