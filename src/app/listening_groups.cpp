#include "app/listening_groups.hpp"

#include <algorithm>

namespace sidecache::app {
namespace {

/// An address and all planes that name it.
struct shared_place {
  listen_address address;
  std::vector<std::size_t> planes;
};

std::vector<shared_place> places_of(const std::vector<config::plane_settings>& planes) {
  std::vector<shared_place> places;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    for (const listen_address& address : planes[i].listen) {
      // A plane that names port 0 twice means two ports.
      const auto known = std::ranges::find_if(places, [&](const shared_place& each) {
        return same_place(each.address, address) && each.planes.back() != i;
      });
      if (known == places.end()) {
        places.push_back({address, {i}});
      } else {
        known->planes.push_back(i);
      }
    }
  }
  return places;
}

}  // namespace

std::vector<listening_group> listening_groups(const std::vector<config::plane_settings>& planes) {
  std::vector<listening_group> groups;
  for (auto& [address, behind] : places_of(planes)) {
    const auto known = std::ranges::find(groups, behind, &listening_group::planes);
    if (known != groups.end()) {
      known->addresses.push_back(address);
      continue;
    }
    auto& made = groups.emplace_back();
    for (const std::size_t i : behind) made.label.append(made.label.empty() ? "" : "+").append(planes[i].name);
    made.by_prefix = behind.size() > 1 || !planes[behind.front()].prefix.empty();
    made.addresses.push_back(address);
    made.planes = std::move(behind);
  }
  // No plane's name can be taken for another's with -tls behind it, for that stands at the end (inherited_sockets).
  for (auto& group : groups) group.socket_name = groups.size() == 1 ? "proxy" : group.label + "-proxy";
  return groups;
}

std::vector<net::configured_server> servers_of(const std::vector<listening_group>& groups,
                                               const config::settings& settings) {
  std::vector<net::configured_server> servers;
  servers.reserve(groups.size() + 2);
  for (const auto& group : groups) servers.push_back({group.socket_name, group.addresses});
  servers.push_back({"metrics", {settings.metrics.listen}});
  servers.push_back({"admin", {settings.admin.listen}});
  return servers;
}

std::string where_lookups_go(const std::vector<announced>& all) {
  std::string out;
  for (const announced& one : all)
    if (one.name.starts_with("proxy")) out.append(out.empty() ? "" : ", ").append(one.where);
  return out;
}

void announce(const listening_group& group, const std::vector<config::plane_settings>& planes,
              const listen_address& bound, std::vector<announced>& to) {
  for (const std::size_t i : group.planes)
    to.push_back({planes.size() == 1 ? "proxy" : "proxy-" + planes[i].name,
                  url_of(bound) + (bound.is_unix() ? "" : planes[i].prefix)});
}

}  // namespace sidecache::app
