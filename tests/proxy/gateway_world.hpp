// A data plane in memory, as gateways see it.
#pragma once

#include "proxy/world.hpp"

namespace sidecache::tests {

inline const header_list gateway_a = {{"Authorization", "client-auth"}, {"x-portkey-api-key", "key-a"}};
inline const header_list gateway_b = {{"Authorization", "client-auth"}, {"x-portkey-api-key", "key-b"}};
inline const header_list other_client = {{"Authorization", "other-auth"}, {"x-portkey-api-key", "key-c"}};

inline constexpr auto sync_path = "/v1/organisation/org/sync/1?version=1&identifier=i";
inline constexpr auto vk_path = "/v2/virtual-keys/vk?organisation_id=org&workspace_id=ws";

inline constexpr auto key_id = "99999999-9999-4999-8999-999999999999";
inline constexpr auto self_path = "/v2/api-keys/self/details?include_organisation=true&include_workspace=true";
inline constexpr auto names_c = R"({"configsV2":[{"slug":"c","workspace_id":"w"}]})";

inline std::string enveloped(const std::string& data) { return R"({"success":true,"data":)" + data + "}"; }
inline std::string virtual_key(std::string_view slug, std::string_view more = "") {
  return enveloped(record("virtual-key", slug, more));
}

/// As the configuration makes a data plane by default.
inline proxy::settings data_plane() {
  proxy::settings s;
  s.plane = "data";
  s.kind = proxy::plane_kind::data;
  s.freshness.ttl = 10s;
  s.freshness.stale_while_revalidate = 0s;
  s.stale_after = 1h;
  return s;
}

struct gateway_world : world {
  explicit gateway_world(const proxy::settings& s = data_plane(), std::shared_ptr<proxy::replica> with = {},
                         proxy::peers* others = nullptr)
      : world(s, {}, std::move(with), others) {
    origin.says(vk_path, virtual_key("vk"));
    origin.says(sync_path, enveloped("{}"));
  }
  /// A sync that passes, and what the gateway got.
  received sync(const std::string& data = "{}") {
    origin.says(sync_path, enveloped(data));
    return get(sync_path, gateway_a);
  }
  received lookup(const std::string& target = vk_path) { return get(target, gateway_a); }
};

}  // namespace sidecache::tests
