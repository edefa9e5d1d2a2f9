#include "config/proxy_environment.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "config/settings_table.hpp"
#include "config/value_reader.hpp"
#include "http/no_proxy.hpp"

namespace sidecache::config {
namespace {

constexpr std::array<std::string_view, 4> for_https{"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
constexpr std::array<std::string_view, 4> for_http{"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"};
constexpr std::array<std::string_view, 2> exceptions{"no_proxy", "NO_PROXY"};

/// The first of them that is set to something.
const environment::value_type* first_of(const environment& variables, std::span<const std::string_view> names) {
  for (const auto name : names) {
    const auto at = std::ranges::find(variables, name, &environment::value_type::first);
    if (at != variables.end() && !at->second.empty()) return &*at;
  }
  return nullptr;
}

given from(const environment::value_type& variable, std::string_view key, const std::string& text) {
  const place where{source_kind::environment, variable.first};
  return {index_of(key), node_from_text(setting_of(key), text, where)};
}

std::string understood(std::string_view no_proxy) {
  std::string out;
  while (true) {
    constexpr std::string_view separators = ", \t\r\n\v\f";
    const auto begin = no_proxy.find_first_not_of(separators);
    if (begin == std::string_view::npos) return out;
    no_proxy.remove_prefix(begin);
    const auto entry = no_proxy.substr(0, no_proxy.find_first_of(separators));
    if (http::parse_no_proxy(entry).not_understood.empty()) out.append(out.empty() ? "" : ",").append(entry);
    no_proxy.remove_prefix(entry.size());
  }
}

}  // namespace

bool is_proxy_variable(std::string_view name) {
  const auto is_one_of = [&](const auto& names) { return std::ranges::find(names, name) != names.end(); };
  return is_one_of(for_https) || is_one_of(for_http) || is_one_of(exceptions);
}

source_reading read_proxy_environment(const environment& variables, const candidate& so_far) {
  source_reading out;
  for (const auto* key : {"upstream.url", "upstream.urls", "upstream.proxy", "upstream.no_proxy"})
    if (so_far.of(key).wrong) return out;
  const auto& upstream = so_far.values.plane.upstream;
  std::string past;
  for (const auto& each : upstream.no_proxy) past.append(each).append(",");
  if (past.empty()) {
    if (const auto* named = first_of(variables, exceptions)) past = understood(named->second);
    if (!past.empty()) out.values.push_back(from(*first_of(variables, exceptions), "upstream.no_proxy", past));
  }
  if (!upstream.proxy.empty()) return out;
  const auto direct = http::parse_no_proxy(past);
  const auto places = upstream.places();
  const auto through = std::ranges::find_if(
      places, [&](const weighted_url& each) { return !http::goes_direct(each.url.host, each.url.port, direct); });
  if (through == places.end()) return out;
  if (const auto* proxy = first_of(variables, through->url.tls ? for_https : for_http))
    out.values.push_back(from(*proxy, "upstream.proxy", proxy->second));
  return out;
}

}  // namespace sidecache::config
