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
  const auto inherited = net::take_inherited_sockets();
  giver_keeps_ = !inherited.empty();
  const auto groups = listening_groups(settings.planes);
  const auto servers = servers_of(groups, settings);
  auto places = net::assign_sockets(inherited, servers);
  const net::socket_access access = socket_access(settings);
  for (std::size_t i = 0; i < servers.size(); ++i) {
    for (auto& each : places[i]) each.access = access;
    hold(servers[i].name, places[i], [&](const listen_address& bound) {
      if (i < groups.size()) return announce(groups[i], settings.planes, bound, listening_);
      listening_.push_back({std::string(servers[i].name), url_of(bound)});
    });
  }
}

bound_sockets::~bound_sockets() = default;

void bound_sockets::hold(std::string_view name, const std::vector<net::listen_place>& places, const say& announce) {
  for (const auto& place : places) {
    auto& made = binding_->listeners.emplace_back(std::make_unique<net::listener>(
        binding_->none, place, binding_->nobody, [](const net::listener::socket&, const net::worker&) {}));
    made->open();
    announce(made->address());
    names_.append(names_.empty() ? "" : ":").append(name).append(made->address().tls ? "-tls" : "");
    descriptors_.push_back(moved_up(made->release_socket()));
  }
}

std::vector<int> bound_sockets::descriptors() const {
  std::vector<int> all;
  all.reserve(descriptors_.size());
  for (const auto& each : descriptors_) all.push_back(each.get());
  return all;
}

}  // namespace sidecache::app
