#include "admin/purge_request.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include "http/route.hpp"

namespace sidecache::admin {
namespace {

using problem = std::optional<std::string>;
namespace json = boost::json;

constexpr std::string_view expected_keys =
    "all, plane, kind, slug, uuid, integration, workspace, credential and soft are the keys of a purge";

problem read_text(std::string_view key, const json::value& value, std::string& out) {
  if (!value.is_string() || value.get_string().empty()) return std::string(key) + ": a text that is not empty";
  out = value.get_string();
  return std::nullopt;
}

problem read_flag(std::string_view key, const json::value& value, bool& out) {
  if (!value.is_bool()) return std::string(key) + ": true or false";
  out = value.get_bool();
  return std::nullopt;
}

problem read_kind(const json::value& value, std::optional<records::kind>& out) {
  constexpr std::array names{std::pair{"integration", records::kind::integration},
                             std::pair{"virtual-key", records::kind::virtual_key},
                             std::pair{"provider", records::kind::provider}};
  for (const auto& [name, kind] : names)
    if (value.is_string() && value.get_string() == name) out = kind;
  return out ? problem{} : "kind: integration, virtual-key or provider";
}

problem read_credential(const json::value& value, purge_request& out) {
  constexpr std::string_view expected =
      R"(credential: {"x-portkey-api-key": …} or {"authorization": …} or both, as the lookups' headers have them)";
  if (!value.is_object() || value.get_object().empty()) return std::string(expected);
  for (const auto& [name, part] : value.get_object()) {
    if (!part.is_string() || part.get_string().empty()) return std::string(expected);
    const std::string_view text = part.get_string();
    if (name == "x-portkey-api-key") {
      out.api_key = secret(text);
    } else if (name == "authorization") {
      out.authorization = secret(text);
    } else {
      return std::string(expected);
    }
  }
  return std::nullopt;
}

problem read_member(std::string_view key, const json::value& value, purge_request& out) {
  if (key == "all") return read_flag(key, value, out.all);
  if (key == "soft") return read_flag(key, value, out.soft);
  if (key == "plane") return read_text(key, value, out.plane);
  if (key == "kind") return read_kind(value, out.kind);
  if (key == "slug") return read_text(key, value, out.slug);
  if (key == "integration") return read_text(key, value, out.integration);
  if (key == "workspace") return read_text(key, value, out.workspace);
  if (key == "credential") return read_credential(value, out);
  if (key != "uuid") return std::string(expected_keys);
  if (auto wrong = read_text(key, value, out.uuid)) return wrong;
  return http::is_uuid(out.uuid) ? problem{} : "uuid: such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301";
}

}  // namespace

std::expected<purge_request, std::string> parse_purge_request(std::string_view body) {
  json::error_code error;
  const json::value parsed = json::parse(body, error);
  if (error || !parsed.is_object()) return std::unexpected("the body: one JSON object");
  purge_request made;
  for (const auto& [key, value] : parsed.get_object())
    if (auto wrong = read_member(key, value, made)) return std::unexpected(std::move(*wrong));
  const bool selects = made.kind || !made.slug.empty() || !made.uuid.empty() || !made.integration.empty() ||
                       !made.workspace.empty() || made.names_credential();
  // A typo must not empty the cache.
  if (made.all == selects)
    return std::unexpected(R"(either "all": true or something to choose by: )" + std::string(expected_keys));
  return made;
}

}  // namespace sidecache::admin
