#include "app/bound_sockets.hpp"

#include "app/from_config.hpp"
#include "net/listener.hpp"

namespace sidecache::app {

/// Listeners that only bind: no worker ever runs here.
struct bound_sockets::binding {
  net::worker_pool none{1};
  net::permits nobody{0, [] {}, [] {}};
  std::vector<std::unique_ptr<net::listener>> listeners;
};

bound_sockets::bound_sockets(const config::settings& settings) : binding_(std::make_unique<binding>()) {
  for (const auto& each : settings.plane.listen) hold("proxy", listen_address(each));
  hold("metrics", listen_address(settings.metrics.listen));
  hold("admin", listen_address(settings.admin.listen));
}

bound_sockets::~bound_sockets() = default;

void bound_sockets::hold(const char* name, net::listen_address at) {
  auto& made = binding_->listeners.emplace_back(std::make_unique<net::listener>(
      binding_->none, std::move(at), binding_->nobody, [](const net::listener::socket&, const net::worker&) {}));
  made->open();
  listening_.push_back({name, where(made->address(), made->port())});
  names_.append(names_.empty() ? "" : ":").append(name);
  descriptors_.push_back(moved_up(made->release_socket()));
}

std::vector<int> bound_sockets::descriptors() const {
  std::vector<int> all;
  all.reserve(descriptors_.size());
  for (const auto& each : descriptors_) all.push_back(each.get());
  return all;
}

}  // namespace sidecache::app
