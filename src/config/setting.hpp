// One row of the settings table: everything that file, environment, flags, documents and errors need to know of a key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace sidecache::config {

enum class value_type : std::uint8_t {
  duration,     ///< "30s"; bounds in nanoseconds
  size,         ///< "64MiB"; bounds in bytes
  count,        ///< "1024"
  choice,       ///< one of a few words
  address,      ///< to listen on
  addresses,    ///< at least one of them
  prefixes,     ///< what a lookup's path may have in front, at least one
  url,          ///< of a control plane
  urls,         ///< of several, each with a weight or not; "" for none named
  path,         ///< of a request; "" for none
  proxy,        ///< of an egress proxy, or a word
  hosts,        ///< who is asked past it; "" for none named
  file,         ///< a readable file; "" for none
  secret_file,  ///< the same, and neither its path nor its bytes are ever shown
  mode,         ///< permissions of a file, in octal
  owner,        ///< of a file: "user:group", either may be missing
  routes,       ///< a list of route_settings
  planes,       ///< a list of maps, each with the settings of a plane
  prefix,       ///< "" or what goes from a path before anything looks at it
  name,         ///< of a plane; "" for its kind
  kept_file,    ///< one that sidecache writes, and that need not be there; "" for none
};

/// An enum of the settings, seen as the index of a word in the row's `words`.
struct choice_access {
  std::size_t (*get)(const settings&);
  void (*set)(settings&, std::size_t);
};

/// Where a setting's value stands in the settings.
using access = std::variant<duration& (*)(settings&), std::uint64_t& (*)(settings&), std::string& (*)(settings&),
                            listen_address& (*)(settings&), std::vector<listen_address>& (*)(settings&),
                            std::vector<std::string>& (*)(settings&), upstream_url& (*)(settings&),
                            std::vector<weighted_url>& (*)(settings&), std::vector<route_settings>& (*)(settings&),
                            std::vector<plane_settings>& (*)(settings&), choice_access>;

/// What a change of the file needs before it counts.
enum class change : std::uint8_t { live, restart };

struct setting {
  std::string_view key;  ///< "cache.ttl"
  value_type type;
  std::string_view default_text;            ///< as a file would say it; of a list, its items with commas between
  std::string_view data_default_text = {};  ///< of a plane of the data kind, where that is another
  std::uint64_t low = 0;                    ///< durations, sizes, counts: the least and the most
  std::uint64_t high = 0;
  std::string_view unit;                    ///< of a count: "connections"
  std::span<const std::string_view> words;  ///< of a choice
  config::change change;
  access at;
  std::string_view help;  ///< one sentence: what it does
};

/// What a plane of that kind has where nobody says anything.
[[nodiscard]] std::string_view default_of(const setting& what, plane_kind kind);
/// "SIDECACHE_CACHE_TTL"
[[nodiscard]] std::string environment_name(std::string_view key);
/// "--cache-ttl"
[[nodiscard]] std::string flag_name(std::string_view key);
/// "a duration from 0s to 7d, such as 30s"
[[nodiscard]] std::string expected_value(const setting& what);
/// "0s" or "7d": a bound as the setting's own type writes it.
[[nodiscard]] std::string bound_text(const setting& what, std::uint64_t bound);

}  // namespace sidecache::config
