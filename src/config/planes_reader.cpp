#include "config/planes_reader.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "config/section_reader.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"
#include "config/yaml_document.hpp"

namespace sidecache::config {
namespace {

using error_list = std::vector<config_error>;

constexpr std::size_t most_planes = 16;  // each has a cache, pools and metrics of its own

bool is_sync(std::string_view key) { return key.starts_with("sync."); }

/// A plane's settings stand in its map, so that nobody has to know which of them would win.
void refuse_top_level(const candidate& top, error_list& errors) {
  const place& planes = top.of("planes").value.where;
  for (const auto& what : settings_table()) {
    if (!is_of_a_plane(what.key) || is_sync(what.key) || top.is_default(what.key)) continue;
    errors.push_back({.where = top.of(what.key).value.where,
                      .key = std::string(what.key),
                      .found = "both",
                      .expected = "either " + std::string(what.key) + " or planes (" + planes.describe() +
                                  "), where each plane has its own",
                      .closest = {}});
  }
}

/// The process's settings as they are, the plane's at their defaults, sync.* as the top has it.
candidate begin_plane(const candidate& top, std::size_t index) {
  candidate made = default_candidate();
  const sync_settings sync = top.values.plane.sync;
  const plane_settings untouched = made.values.plane;
  made.values = top.values;
  made.values.plane = untouched;
  made.values.plane.sync = sync;
  for (std::size_t i = 0; i < made.cells.size(); ++i) {
    const auto key = settings_table()[i].key;
    if (!is_of_a_plane(key) || is_sync(key)) made.cells[i] = top.cells[i];
  }
  made.place = "planes[" + std::to_string(index) + "]";
  return made;
}

/// Gateways sync with the data plane alone.
void drop_sync(candidate& from, const source_reading& own, error_list& errors) {
  for (const auto& [index, value] : own.values)
    if (const auto key = settings_table()[index].key; is_sync(key))
      errors.push_back({.where = value.where,
                        .key = from.full_key(key),
                        .found = "it on an admin plane",
                        .expected = "it on a plane of the data kind",
                        .closest = {}});
  const candidate untouched = default_candidate();
  from.values.plane.sync = untouched.values.plane.sync;
  for (std::size_t i = 0; i < from.cells.size(); ++i)
    if (is_sync(settings_table()[i].key)) from.cells[i] = untouched.cells[i];
}

candidate read_plane(const candidate& top, std::size_t index, error_list& errors) {
  candidate made = begin_plane(top, index);
  const source_reading own = read_section(top.of("planes").value.items[index], map_of::plane);
  made.take(own, errors);
  if (made.values.plane.kind == plane_kind::admin && !made.of("plane").wrong) drop_sync(made, own, errors);
  made.take_defaults_of_kind();
  return made;
}

/// Places of a text that stands on one line somewhere else.
void move_to(const place& where, node& value) {
  value.where = where;
  for (auto& item : value.items) move_to(where, item);
  for (auto& each : value.members) {
    each.where = where;
    move_to(where, each.value);
  }
}

/// YAML's double-quoted style, in which any text can be written (YAML 1.2 §7.3.1).
void write_quoted(std::string_view text, std::string& out) {
  constexpr std::string_view hexadecimal = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out.append(1, '\\').append(1, c);
    } else if (byte < 0x20 || byte == 0x7F) {
      out.append("\\x").append(1, hexadecimal[byte / 16]).append(1, hexadecimal[byte % 16]);
    } else {
      out += c;
    }
  }
  out += '"';
}

void write(const node& value, const std::string& key, std::string& out) {
  std::size_t count = 0;
  switch (value.shape) {
    case shape::nothing:
      out += '~';
      return;
    case shape::text: {
      const auto what = find_setting(key);
      const bool secret = what && settings_table()[*what].type == value_type::secret_file && !value.text.empty();
      return write_quoted(secret ? "(set)" : std::string_view(value.text), out);
    }
    case shape::list:
      out += '[';
      for (const auto& item : value.items) {
        if (count++ > 0) out += ", ";
        write(item, key, out);
      }
      out += ']';
      return;
    case shape::map:
      out += '{';
      for (const auto& each : value.members) {
        if (count++ > 0) out += ", ";
        const bool plain = each.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz_") == std::string::npos;
        plain ? void(out += each.name) : write_quoted(each.name, out);
        out += ": ";
        write(each.value, key_below(key, each.name), out);
      }
      out += '}';
      return;
  }
}

}  // namespace

bool check_planes(const setting& what, const node& value, error_list& errors) {
  const auto complain = [&](const node& where, std::string key, std::string found) {
    errors.push_back({.where = where.where,
                      .key = std::move(key),
                      .found = std::move(found),
                      .expected = expected_value(what),
                      .closest = {}});
    return false;
  };
  const std::string key(what.key);
  if (value.shape == shape::text) return complain(value, key, "something else (not shown, it may be secret)");
  if (value.shape == shape::map) return complain(value, key, "a map");
  if (value.shape == shape::nothing) return complain(value, key, "nothing");
  if (value.items.size() > most_planes) return complain(value, key, std::to_string(value.items.size()) + " of them");
  bool right = true;
  for (std::size_t i = 0; i < value.items.size(); ++i) {
    const node& item = value.items[i];
    if (item.shape == shape::map) continue;
    const std::string found = item.shape == shape::nothing ? "nothing" : std::string(shape_name(item));
    right = complain(item, key + "[" + std::to_string(i) + "]", found);
  }
  return right;
}

std::vector<candidate> read_planes(const candidate& top, error_list& errors) {
  std::vector<candidate> made;
  const auto& [value, wrong] = top.of("planes");
  if (wrong || value.items.empty()) {
    made.push_back(top);
    made.front().take_defaults_of_kind();
    return made;
  }
  refuse_top_level(top, errors);
  for (std::size_t i = 0; i < value.items.size(); ++i) made.push_back(read_plane(top, i, errors));
  return made;
}

node planes_from_text(std::string_view text, const place& where) {
  if (trim(text).empty()) return make_node(shape::list, where);
  auto document = parse_yaml(where.name, std::string(text));
  if (!document.root || !document.errors.empty()) return make_text(text, where);
  move_to(where, *document.root);
  return std::move(*document.root);
}

std::string planes_text(const node& value) {
  std::string out;
  if (!value.items.empty()) write(value, "", out);
  return out;
}

}  // namespace sidecache::config
