#include "config/section_reader.hpp"

#include <algorithm>

#include "config/edit_distance.hpp"
#include "config/settings_table.hpp"

namespace sidecache::config {
namespace {

class reader {
 public:
  reader(map_of whose, source_reading& out) : whose_(whose), out_(out) {}

  void read(const node& map, const std::string& section) {
    for (const auto& [name, where, value] : map.members) {
      const std::string key = key_below(section, name);
      if (name.contains('.')) {
        complain(where, key, "one key with a dot in it", "a key below its section");
      } else if (const auto what = find_setting(key)) {
        if (may_have(key)) {
          out_.values.push_back({*what, value});
        } else {
          complain(where, key, "it in a plane", "it at the top level, for it belongs to the whole process");
        }
      } else if (!is_section(key)) {
        complain(where, key, "unknown key", {}, closest_key(key));
      } else if (value.shape == shape::map) {
        read(value, key);
      } else if (value.shape != shape::nothing) {  // a section whose lines are all commented out has no value
        complain(value.where, key, std::string(shape_name(value)), "a map of settings");
      }
    }
  }

 private:
  [[nodiscard]] bool may_have(std::string_view key) const { return whose_ == map_of::process || is_of_a_plane(key); }

  /// Keys and sections: "cache" is a better answer to "cahce" than any key in it.
  [[nodiscard]] std::string closest_key(std::string_view unknown) const {
    std::vector<std::string> known;
    for (const auto& what : settings_table()) {
      if (!may_have(what.key)) continue;
      const auto section = what.key.substr(0, std::min(what.key.find('.'), what.key.size()));
      if (std::ranges::find(known, section) == known.end()) known.emplace_back(section);
      if (section != what.key) known.emplace_back(what.key);
    }
    return closest_name(unknown, known, '.');
  }

  void complain(const place& where, std::string key, std::string found, std::string expected,
                std::string closest = {}) {
    out_.errors.push_back({.where = where,
                           .key = std::move(key),
                           .found = std::move(found),
                           .expected = std::move(expected),
                           .closest = std::move(closest)});
  }

  map_of whose_;
  source_reading& out_;
};

}  // namespace

std::string_view shape_name(const node& value) { return value.shape == shape::list ? "a list" : "a single value"; }

source_reading read_section(const node& map, map_of whose) {
  source_reading out;
  reader(whose, out).read(map, "");
  return out;
}

}  // namespace sidecache::config
