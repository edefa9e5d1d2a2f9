// Who and what there is: chosen so that names meet. The same slug in two workspaces, the same key in two headers, keys
// whose integration is told by slug, by UUID or not at all, records that tell no id, and some that are yet to be made.
#include "base/text.hpp"
#include "simulation/control_plane.hpp"

namespace sidecache::simulation {
namespace {

constexpr std::string_view base64url = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

std::string encode(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const char c : text) {
    bits = (bits << 8U) | static_cast<unsigned char>(c);
    for (held += 8; held >= 6;) {
      held -= 6;
      out.push_back(base64url[(bits >> held) & 63U]);
    }
  }
  if (held > 0) out.push_back(base64url[(bits << (6 - held)) & 63U]);
  return out;
}

std::string uuid(char digit) {
  std::string text = "00000000-0000-4000-8000-000000000000";
  for (char& c : text)
    if (c == '0') c = digit;
  return text;
}

std::string upper(std::string text) {
  for (char& c : text)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return text;
}

}  // namespace

control_plane::control_plane(instant start, std::uint32_t jwt_lives_for_s) : start_(start) {
  const wall_time exp = start.wall + std::chrono::seconds{jwt_lives_for_s};
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(exp.time_since_epoch()).count();
  const std::string jwt =
      encode(R"({"alg":"none"})") + "." + encode("{\"exp\":" + std::to_string(seconds) + "}") + ".s";
  credentials_ = {
      {.authorization = "", .api_key = "key-a", .workspace = 1},
      {.authorization = "", .api_key = "key-b", .workspace = 1},
      {.authorization = "Bearer key-a", .api_key = "", .workspace = 2},
      {.authorization = "client-one", .api_key = "key-a", .workspace = 2},
      {.authorization = "client-two", .api_key = "key-a", .workspace = 1},
      {.authorization = "Bearer " + jwt, .api_key = "", .workspace = 1, .expires = exp},
  };
  build();
}

void control_plane::build() {
  using enum slot::parent_shown;
  const auto add = [&](slot made, bool exists) {
    const duration old = versions_ % 3 == 2 ? duration{1h} : duration{400 * 24h};
    made.history = {{.number = ++versions_, .exists = exists, .since = start_.mono - old}};
    slots_.push_back(std::move(made));
  };
  add({.integration = true, .slug = "ix", .uuid = uuid('1'), .shows_workspace = true}, true);
  add({.integration = true, .slug = "ix", .uuid = uuid('2'), .workspace = 2}, true);
  add({.integration = true, .slug = "iy", .uuid = uuid('3')}, true);
  add({.integration = true, .slug = "iz", .uuid = uuid('4')}, false);
  add({.slug = "p1", .uuid = uuid('a'), .parent = 0, .shows_parent = by_slug, .shows_workspace = true}, true);
  add({.slug = "p1", .uuid = uuid('b'), .workspace = 2, .parent = 1, .shows_parent = by_uuid, .shows_workspace = true},
      true);
  add({.slug = "p2", .uuid = uuid('c'), .parent = 0, .shows_parent = by_uuid}, true);
  add({.slug = "p3", .uuid = uuid('d'), .parent = 2, .shows_parent = by_slug, .shows_id = false}, true);
  add({.slug = "p4", .uuid = uuid('e'), .parent = 2, .shows_parent = nothing, .shows_id = false}, true);
  add({.slug = "p5", .uuid = uuid('f'), .parent = 0, .shows_parent = by_uuid}, false);

  using enum records::kind;
  const auto look = [&](std::string_view prefix, records::kind kind, std::string ident, int workspace = 0) {
    std::string path = std::string(prefix) + "/" + std::string(records::collection_name(kind)) + "/" + ident;
    if (workspace != 0) path += "?workspace_id=" + std::to_string(workspace);
    addresses_.push_back({std::move(path), kind, lower(ident), workspace, false});
  };
  for (const auto* ident : {"ix", "iy", "iz"}) look("/v1", integration, ident);
  look("", integration, "ix", 2);
  look("/v1", integration, uuid('1'));
  look("/v1", integration, uuid('3'));
  for (const auto* ident : {"p1", "p2", "p3", "p4", "p5"}) {
    look("/v1", provider, ident);
    look("/v1", virtual_key, ident);
  }
  look("/v1", provider, "p1", 2);
  look("/v2", virtual_key, "p1");
  look("/v2", virtual_key, "p2");
  look("/v1", provider, uuid('a'));
  look("/v1", provider, upper(uuid('d')));
  look("/api/v1", virtual_key, uuid('c'));
  look("/v1", virtual_key, upper(uuid('e')));
  look("/v1", provider, uuid('f'));
  addresses_.push_back({"/v1/providers/p1", provider, "p1", 2, true});

  using enum change;
  mutations_ = {
      {"PUT", "/v1/integrations/ix", put_integration, "ix"},
      {"PUT", "/v1/integrations/" + uuid('1'), put_integration, uuid('1')},
      {"PUT", "/api/v9/Integrations/" + upper(uuid('3')) + "/", put_integration, uuid('3')},
      {"DELETE", "/v1/integrations/iy", delete_integration, "iy"},
      {"PUT", "/v1/integrations/iz", put_integration, "iz"},
      {"PUT", "/v1/integrations/ix/workspaces", put_workspaces, "ix"},
      {"PUT", "/v1/integrations/" + uuid('3') + "/workspaces", put_workspaces, uuid('3')},
      {"DELETE", "/v1/integrations/ix/models?slugs=a,b", put_models, "ix"},
      {"PUT", "/v1/providers/p1", put_key, "p1"},
      {"PUT", "/v1/virtual-keys/p2", put_key, "p2"},
      {"PUT", "/v2/virtual-keys/" + uuid('d'), put_key, uuid('d')},
      {"PUT", "/v1/providers/" + upper(uuid('e')), put_key, uuid('e')},
      {"PUT", "/v1/providers/p4", put_key, "p4"},
      {"DELETE", "/v1/providers/p3", delete_key, "p3"},
      {"DELETE", "/v1/virtual-keys/" + uuid('f'), delete_key, uuid('f')},
      {"POST", "/v1/integrations", create_integration, "iz"},
      {"POST", "/v1/providers", create_key, "p5"},
      {"POST", "/v1/virtual-keys", create_key, "p5"},
      {"POST", "/v1/admin/workspaces", workspaces, ""},
      {"PUT", "/v1/policies/usage-limits/u1", policy, ""},
      {"POST", "/v1/chat/completions", elsewhere, ""},
  };
}

}  // namespace sidecache::simulation
