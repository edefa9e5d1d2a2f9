#include "config/settings_schema.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/node.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

namespace json = boost::json;

constexpr std::string_view duration_pattern = "^([0-9]+(ns|us|ms|s|m|h|d)|0+)$";
constexpr std::string_view size_pattern = "^[0-9]+(B|KiB|MiB|GiB|kB|MB|GB)?$";
constexpr std::string_view address_pattern = "^(unix:/.+|([Hh][Tt][Tt][Pp][Ss]?://)?[0-9.:A-Fa-f\\[\\]]*:[0-9]{1,5})$";
constexpr std::string_view url_pattern = "^[Hh][Tt][Tt][Pp][Ss]?://[^?#@ ]+$";
constexpr std::string_view weighted_url_pattern = "^([Hh][Tt][Tt][Pp][Ss]?://[^?#@ ]+( +weight=[0-9]{1,4} *)?)?$";
constexpr std::string_view prefix_pattern = "^(/[A-Za-z0-9._~-]+)*$";
constexpr std::string_view path_pattern = "^(/[!-~]*)?$";
constexpr std::string_view name_pattern = "^[a-z0-9_-]{0,32}$";
constexpr std::string_view owner_pattern = "^[!-~]*$";
constexpr std::string_view route_path_pattern =
    "^/(integrations|virtual-keys|providers|configs|prompts|prompts/partials|guardrails)/(\\*|[A-Za-z0-9_-]+)$";

json::object text() { return {{"type", "string"}}; }
json::object text(std::string_view pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

/// A number that YAML reads as one, or as text where it is quoted: the file's reader takes both.
json::object number_or(const json::object& as_text, std::uint64_t low, std::uint64_t high) {
  return {{"anyOf", json::array{json::object{{"type", "integer"}, {"minimum", low}, {"maximum", high}}, as_text}}};
}

/// A list of at least one, or one item without a list.
json::object one_or_more(const json::object& item) {
  return {{"anyOf", json::array{item, json::object{{"type", "array"}, {"minItems", 1}, {"items", item}}}}};
}

/// Of words that YAML reads as something else than text (true, 1.2) both forms.
json::object choice(const setting& what) {
  json::array words;
  for (const auto word : what.words) {
    words.emplace_back(word);
    if (word == "true" || word == "false") words.emplace_back(word == "true");
    if (word == "1.2") words.emplace_back(1.2);
    if (word == "1.3") words.emplace_back(1.3);
  }
  return {{"enum", std::move(words)}};
}

json::object plane_schema();
json::object route_schema();

json::object values_schema(const setting& what) {
  switch (what.type) {
    case value_type::duration:
      return number_or(text(duration_pattern), 0, 0);
    case value_type::size:
      return number_or(text(size_pattern), what.low, what.high);
    case value_type::count:
      return number_or(text("^[0-9]+$"), what.low, what.high);
    case value_type::choice:
      return choice(what);
    case value_type::address:
      return text(address_pattern);
    case value_type::addresses:
      return one_or_more(text(address_pattern));
    case value_type::prefixes:
      return one_or_more(text(prefix_pattern));
    case value_type::url:
      return text(url_pattern);
    case value_type::urls:
      return one_or_more(text(weighted_url_pattern));
    case value_type::path:
      return text(path_pattern);
    case value_type::hosts:
      return one_or_more(text());
    case value_type::mode:
      return number_or(text("^[0-7]+$"), 0, 777);
    case value_type::owner:
      return number_or(text(owner_pattern), 0, UINT32_MAX);
    case value_type::routes:
      return {{"type", "array"}, {"items", route_schema()}};
    case value_type::planes:
      return {{"type", "array"}, {"maxItems", 16}, {"items", plane_schema()}};
    case value_type::prefix:
      return text(prefix_pattern);
    case value_type::name:
      return number_or(text(name_pattern), 0, UINT64_MAX);
    case value_type::proxy:
    case value_type::file:
    case value_type::secret_file:
    case value_type::kept_file:
      return text();
  }
  return {};
}

json::value default_value(const setting& what) {
  const node value = node_from_text(what, what.default_text, place{});
  if (value.shape == shape::text) return json::value(value.text);
  if (value.items.size() == 1) return json::value(value.items.front().text);
  json::array all;
  for (const auto& item : value.items) all.emplace_back(item.text);
  return all;
}

std::string description_of(const setting& what) {
  std::string out(what.help);
  out.append(what.change == change::live ? " Counts without a restart." : " A change takes a restart.");
  if (what.type == value_type::duration || what.type == value_type::size || what.type == value_type::count ||
      what.type == value_type::mode)
    out.append(" Expected: ").append(expected_value(what)).append(".");
  if (!what.data_default_text.empty()) out.append(" Of a data plane ").append(what.data_default_text).append(".");
  return out;
}

json::object schema_of(const setting& what) {
  json::object made{{"description", description_of(what)}};
  for (auto& member : values_schema(what)) made.insert(std::move(member));
  if (!what.default_text.empty()) made["default"] = default_value(what);
  return made;
}

json::object closed(json::object properties) {
  return {{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
}

json::object route_schema() {
  json::object properties;
  properties["path"] = text(route_path_pattern);
  properties["path"].as_object()["description"] =
      "Every record of a kind (/integrations/*), or one by its slug or UUID.";
  for (const std::string_view name :
       {"ttl", "inactive_ttl", "negative_ttl", "stale_while_revalidate", "stale_if_error", "freshness"}) {
    json::object made = schema_of(setting_of("cache." + std::string(name)));
    made.erase("default");  // what a route leaves out is the cache's
    properties[name] = std::move(made);
  }
  json::object made = closed(std::move(properties));
  made["required"] = json::array{"path"};
  return made;
}

/// The settings for which `wanted` holds, in their sections. A section whose lines are all commented out is null.
template <class Wanted>
json::object map_of_settings(Wanted wanted) {
  json::object top;
  for (const auto& what : settings_table()) {
    if (!wanted(what)) continue;
    const auto dot = what.key.find('.');
    if (dot == std::string_view::npos) {
      top[what.key] = schema_of(what);
      continue;
    }
    auto& section = top[what.key.substr(0, dot)];
    if (section.is_null()) {
      section = closed({});
      section.as_object()["type"] = json::array{"object", "null"};
    }
    section.as_object()["properties"].as_object()[what.key.substr(dot + 1)] = schema_of(what);
  }
  return closed(std::move(top));
}

json::object plane_schema() {
  return map_of_settings([](const setting& what) { return is_of_a_plane(what.key); });
}

bool is_short(const json::value& value) {
  const auto simple = [](const json::value& each) { return !each.is_structured(); };
  return value.is_array() && std::ranges::all_of(value.get_array(), simple);
}

/// Two blanks a level, lists of plain values on one line.
void write(const json::value& value, const std::string& indent, std::string& out) {
  const std::string deeper = indent + "  ";
  std::string between = "\n";
  if (value.is_object() && !value.get_object().empty()) {
    out += '{';
    for (const auto& [name, each] : value.get_object()) {
      out.append(between).append(deeper).append(json::serialize(json::value(name))).append(": ");
      write(each, deeper, out);
      between = ",\n";
    }
    out.append("\n").append(indent).append("}");
  } else if (value.is_array() && !is_short(value)) {
    out += '[';
    for (const auto& each : value.get_array()) {
      out.append(between).append(deeper);
      write(each, deeper, out);
      between = ",\n";
    }
    out.append("\n").append(indent).append("]");
  } else if (value.is_double()) {
    out.append(value == json::value(1.2) ? "1.2" : "1.3");
  } else if (is_short(value)) {
    out += '[';
    for (std::size_t i = 0; i < value.get_array().size(); ++i) {
      out.append(i == 0 ? "" : ", ");
      write(value.get_array()[i], deeper, out);
    }
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string settings_schema() {
  json::object made{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "sidecache's settings"},
      {"description", "What sidecache serve --config takes. `sidecache check FILE` says more of a file."}};
  json::object top = map_of_settings([](const setting&) { return true; });
  top["type"] = json::array{"object", "null"};  // an empty file is all defaults
  for (auto& member : top) made.insert(std::move(member));
  std::string out;
  write(made, "", out);
  return out + "\n";
}

}  // namespace sidecache::config
