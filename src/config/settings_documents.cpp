#include "config/settings_documents.hpp"

#include <string_view>

#include "config/node.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

constexpr std::string_view example_head = R"(# yaml-language-server: $schema=../deploy/sidecache.schema.json
#
# sidecache's settings, each at its default: leave out what suits you.
#
# A flag (--cache-ttl 1m) beats the environment (SIDECACHE_CACHE_TTL=1m) beats this file beats the default.
# Durations are a whole number and ns, us, ms, s, m, h or d; sizes one and B, KiB, MiB, GiB, kB, MB or GB.
# `sidecache check FILE` says what is wrong with a file without starting anything.
)";

constexpr std::string_view example_routes = R"(# routes:
#   - path: /integrations/*        # every integration
#     ttl: 5m
#     inactive_ttl: 10s
#     negative_ttl: 1s
#     stale_while_revalidate: 1m
#     stale_if_error: 7d
#     freshness: settings
#   - path: /virtual-keys/main     # one record, by its slug or UUID
#     ttl: 0s
)";

constexpr std::string_view example_planes =
    R"(# planes:                          # instead of all keys above that belong to a plane
#   - plane: admin                 # what SDKs and tools ask, below /cp
#     prefix: /cp
#   - plane: data                  # what gateways ask, below /albus; other defaults where the table says so
#     prefix: /albus
#     upstream: {url: https://albus.portkey.ai}
#     cache: {max_bytes: 128MiB}
)";

std::string values_of(const setting& what) {
  const std::string range = bound_text(what, what.low) + " to " + bound_text(what, what.high);
  std::string out;
  switch (what.type) {
    case value_type::duration:
      return "duration, " + range;
    case value_type::size:
      return "size, " + range;
    case value_type::count:
      return range + " " + std::string(what.unit);
    case value_type::choice:
      for (const auto word : what.words) out.append(out.empty() ? "" : ", ").append(word);
      return out;
    case value_type::address:
      return "IP:PORT, https://IP:PORT or unix:/PATH";
    case value_type::addresses:
      return "IP:PORT, https://IP:PORT or unix:/PATH, or a list";
    case value_type::prefixes:
      return "list of paths";
    case value_type::url:
      return "http or https URL";
    case value_type::urls:
      return "list of URLs";
    case value_type::path:
      return "path of a request";
    case value_type::proxy:
      return "http URL or direct";
    case value_type::hosts:
      return "list of hosts";
    case value_type::file:
    case value_type::kept_file:
      return "path";
    case value_type::secret_file:
      return "path of a secret";
    case value_type::mode:
      return "octal, " + range;
    case value_type::owner:
      return "USER:GROUP";
    case value_type::routes:
      return "list of routes";
    case value_type::planes:
      return "list of planes";
    case value_type::prefix:
      return "path";
    case value_type::name:
      return "a-z, 0-9, _, -";
  }
  return out;
}

/// The default where nobody says anything, in Markdown.
std::string shown_default(const setting& what) {
  if (what.default_text.empty()) return "none";
  std::string out = "`" + std::string(what.default_text) + "`";
  if (!what.data_default_text.empty()) out.append(", of a data plane `").append(what.data_default_text).append("`");
  return out;
}

/// The default as YAML.
std::string yaml_value(const setting& what) {
  const node value = node_from_text(what, what.default_text, place{});
  if (value.shape == shape::text) return value.text;
  if (value.items.size() == 1) return value.items.front().text;
  return "[" + shown_text(what, value) + "]";
}

std::string section_of(const setting& what) {
  const auto dot = what.key.find('.');
  return std::string(dot == std::string_view::npos ? std::string_view{} : what.key.substr(0, dot));
}

}  // namespace

std::string settings_markdown() {
  std::string out = "| setting | default | values | change | effect |\n|---|---|---|---|---|\n";
  for (const auto& what : settings_table()) {
    out.append("| `").append(what.key).append("` | ").append(shown_default(what)).append(" | ").append(values_of(what));
    out.append(what.change == change::live ? " | live | " : " | restart | ").append(what.help).append(" |\n");
  }
  return out;
}

std::string settings_example() {
  std::string out(example_head);
  std::string section;
  for (const auto& what : settings_table()) {
    std::string indent;
    if (const auto its = section_of(what); !its.empty()) {
      indent = "  ";
      if (its != section) out.append("\n").append(its).append(":\n");
      section = its;
    } else {
      out += "\n";
    }
    out.append(indent).append("# ").append(what.help).append("\n");
    if (what.type == value_type::routes || what.type == value_type::planes) {
      out += what.type == value_type::routes ? example_routes : example_planes;
      continue;
    }
    out.append(indent).append("# Values: ").append(values_of(what));
    if (!what.data_default_text.empty()) out.append("; of a data plane without it ").append(what.data_default_text);
    out.append("\n");
    const auto name = indent.empty() ? what.key : what.key.substr(section.size() + 1);
    out.append(indent).append(what.default_text.empty() ? "# " : "").append(name).append(":");
    const std::string value = yaml_value(what);
    out.append(value.empty() ? "" : " ").append(value).append("\n");
  }
  return out;
}

}  // namespace sidecache::config
