#include "app/sync_peers.hpp"

#include <algorithm>
#include <stdexcept>

#include "app/plane_set.hpp"
#include "config/secret_file.hpp"

namespace sidecache::app {

std::optional<proxy::peer_seal> peer_seal_of(const config::settings& from) {
  const auto has = std::ranges::find_if(
      from.planes, [](const config::plane_settings& each) { return !each.sync.peer_secret_file.empty(); });
  if (has == from.planes.end()) return std::nullopt;
  const auto read = config::read_secret_file(has->sync.peer_secret_file);
  if (!read) throw std::invalid_argument("sync.peer_secret_file: " + read.error());
  return proxy::peer_seal(*read);
}

process_keys keys_of_process(const config::settings& from) {
  process_keys keys = process_keys::random();
  if (const auto seal = peer_seal_of(from)) keys.tenant_key = seal->tenant_key();
  return keys;
}

std::optional<admin::peer_desk> desk_for_peers(const config::settings& from, const plane_set& planes) {
  const auto seal = peer_seal_of(from);
  if (!seal) return std::nullopt;
  return admin::peer_desk(*seal, [&planes](const proxy::peer_question& asked) { return planes.tell_peer(asked); });
}

proxy::peers* shared_peers::on(net::worker& worker, std::optional<net::peer_listeners>& place) const {
  if (sites.empty() || !seal) return nullptr;
  return &place.emplace(worker.context, sites, *seal, worker.sweep, &worker.buffered);
}

shared_peers make_peers(const config::settings& from, const config::plane_settings& plane) {
  shared_peers made;
  if (plane.sync.peers.empty()) return made;
  made.seal = peer_seal_of(from);
  for (const auto& [url, weight] : plane.sync.peers) {
    net::upstream_settings to;
    to.url = url.text;
    to.ca_file = plane.sync.peer_ca_file;
    if (url.tls && !from.tls.client_ca_file.empty()) {  // their admin listeners want to know who asks, as ours does
      to.client_certificate_file = from.tls.certificate_file;
      to.client_key_file = from.tls.key_file;
    }
    auto site = net::upstream_site::make(std::move(to));
    if (!site) throw std::invalid_argument("sync.peers: " + site.error());
    made.sites.push_back(std::move(*site));
  }
  return made;
}

}  // namespace sidecache::app
