#include "config/route_reader.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "config/edit_distance.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

using error_list = std::vector<config_error>;

constexpr std::string_view expected_path =
    "/integrations/, /virtual-keys/, /providers/ or, of a data plane, /configs/, /prompts/, /prompts/partials/ or "
    "/guardrails/ and then * for every record or the slug or UUID of one";
/// The partials' path begins as the prompts' does.
constexpr std::array kinds{records::kind::integration,    records::kind::virtual_key, records::kind::provider,
                           records::kind::prompt_partial, records::kind::prompt,      records::kind::config,
                           records::kind::guardrail};

struct time_field {
  std::string_view name;
  std::string_view cache_key;  ///< whose bounds hold here too
  std::optional<duration> route_settings::* at;
};
constexpr std::array time_fields{
    time_field{"ttl", "cache.ttl", &route_settings::ttl},
    time_field{"inactive_ttl", "cache.inactive_ttl", &route_settings::inactive_ttl},
    time_field{"negative_ttl", "cache.negative_ttl", &route_settings::negative_ttl},
    time_field{"stale_while_revalidate", "cache.stale_while_revalidate", &route_settings::stale_while_revalidate},
    time_field{"stale_if_error", "cache.stale_if_error", &route_settings::stale_if_error},
};

bool is_slug(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    const char l = to_lower(c);
    return (l >= 'a' && l <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

bool read_path(const std::string& text, route_settings& into) {
  for (const auto kind : kinds) {
    const std::string collection = "/" + std::string(records::collection_name(kind)) + "/";
    if (!text.starts_with(collection)) continue;
    const std::string_view rest = std::string_view(text).substr(collection.size());
    if (rest != "*" && !is_slug(rest)) return false;
    into.path = text;
    into.kind = kind;
    into.ident = rest == "*" ? std::string_view{} : rest;
    return true;
  }
  return false;
}

void read_freshness(const setting& row, const std::string& key, const node& value, route_settings& into,
                    error_list& errors) {
  const auto word = std::ranges::find(row.words, value.text);
  if (value.shape != shape::text || word == row.words.end())
    errors.push_back(wrong_value(row, key, value, expected_value(row)));
  else
    into.freshness = static_cast<freshness_rule>(word - row.words.begin());
}

void read_field(const member& field, const std::string& route_key, route_settings& into, error_list& errors) {
  const std::string key = route_key + "." + field.name;
  if (field.name == "freshness") return read_freshness(setting_of("cache.freshness"), key, field.value, into, errors);
  const auto* const known = std::ranges::find(time_fields, field.name, &time_field::name);
  if (known == time_fields.end()) {
    std::vector<std::string> names{"path", "freshness"};
    for (const auto& time : time_fields) names.emplace_back(time.name);
    errors.push_back({.where = field.where,
                      .key = key,
                      .found = "unknown key",
                      .expected = {},
                      .closest = closest_name(field.name, names, '.')});
    return;
  }
  const setting& row = setting_of(known->cache_key);
  const auto number = field.value.shape == shape::text ? read_number(row, field.value.text) : std::nullopt;
  if (!number)
    errors.push_back(wrong_value(row, key, field.value, expected_value(row)));
  else
    into.*(known->at) = duration(static_cast<std::int64_t>(*number));
}

void read_route(const setting& what, const node& value, const std::string& key, route_settings& into,
                error_list& errors) {
  if (value.shape != shape::map) {
    errors.push_back(wrong_value(what, key, value, "a map with a path and what differs there, such as ttl"));
    return;
  }
  const auto path = std::ranges::find(value.members, "path", &member::name);
  if (path == value.members.end()) {
    errors.push_back(
        wrong_value(what, key + ".path", make_node(shape::nothing, value.where), std::string(expected_path)));
  } else if (path->value.shape != shape::text || !read_path(path->value.text, into)) {
    errors.push_back(wrong_value(what, key + ".path", path->value, std::string(expected_path)));
  }
  for (auto field = value.members.begin(); field != value.members.end(); ++field) {
    // A file's maps have no name twice; a line of text can.
    if (std::find_if(value.members.begin(), field, [&](const member& m) { return m.name == field->name; }) != field)
      errors.push_back({.where = field->where,
                        .key = key + "." + field->name,
                        .found = "a key that stands there already",
                        .expected = {},
                        .closest = {}});
    else if (field->name != "path")
      read_field(*field, key, into, errors);
  }
}

/// The next word of the text, which is shortened by it.
std::string_view take_word(std::string_view& text) {
  text = trim(text);
  const auto word = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(word.size());
  return word;
}

}  // namespace

bool read_routes(const setting& what, const node& value, std::vector<route_settings>& into, error_list& errors) {
  into.clear();
  if (value.shape != shape::list) {
    errors.push_back(wrong_value(what, std::string(what.key), value, expected_value(what)));
    return false;
  }
  const auto before = errors.size();
  for (const auto& item : value.items) {
    const std::string key = std::string(what.key) + "[" + std::to_string(into.size()) + "]";
    read_route(what, item, key, into.emplace_back(), errors);
  }
  return errors.size() == before;
}

node routes_from_text(std::string_view text, const place& where) {
  node list = make_node(shape::list, where);
  for_each_list_member(text, [&](std::string_view rest) {
    node route = make_node(shape::map, where);
    route.members.push_back({"path", where, make_text(take_word(rest), where)});
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
      const auto sign = word.find('=');
      const bool has_value = sign != std::string_view::npos;
      route.members.push_back({std::string(word.substr(0, sign)), where,
                               has_value ? make_text(word.substr(sign + 1), where) : make_node(shape::nothing, where)});
    }
    list.items.push_back(std::move(route));
  });
  return list;
}

std::string routes_text(const node& value) {
  std::string out;
  for (const auto& route : value.items) {
    if (!out.empty()) out += ", ";
    const auto path = std::ranges::find(route.members, "path", &member::name);
    if (path != route.members.end()) out += path->value.text;
    for (const auto& field : route.members)
      if (field.name != "path") out.append(" ").append(field.name).append("=").append(field.value.text);
  }
  return out;
}

}  // namespace sidecache::config
