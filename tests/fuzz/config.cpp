// What people write into config files, variables and flags: parse_yaml(), the readers of values, combine().
//
// Input: YAML; or, behind a first line `environment` or `flags`, lines NAME=VALUE. Settings that name files are left
// out so that nothing is read but the input. Promised for all of them:
//  1. Nothing is thrown, and there are settings or at least one error; an error says where and what, in one line
//  without
//     control bytes, and repeats nothing of what could be a secret.
//  2. Accepted numbers lie within the bounds of their row; what was chosen, given back through the environment, makes
//     the same settings.
//  3. An accepted URL is read the same by the part that connects (net), without user, query, fragment or a slash at its
//     end; an accepted proxy is read by that part at all, and hosts to ask past it are rules; an accepted address,
//     prefix or route has no byte that could end a line.
//  4. Durations and sizes are the same when written and read again.
#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <string>
#include <variant>

#include "base/units.hpp"
#include "config/environment.hpp"
#include "config/file_source.hpp"
#include "config/flags.hpp"
#include "config/load.hpp"
#include "config/settings_table.hpp"
#include "http/no_proxy.hpp"
#include "net/upstream_url.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

using namespace std::string_view_literals;

bool is_one_line(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
}

bool names_a_file(const config::setting& what) {
  return what.type == config::value_type::file || what.type == config::value_type::secret_file;
}

/// In the maps of planes.
void forget_files(config::node& value) {
  std::erase_if(value.members, [](const auto& each) { return each.name.ends_with("_file"); });
  for (auto& each : value.members) forget_files(each.value);
  for (auto& item : value.items) forget_files(item);
}

template <class Pair>
std::vector<Pair> pairs_in(std::string_view text) {
  std::vector<Pair> out;
  for (auto line : split(text, "\n")) {
    const std::string name(cut(line, "="));
    out.push_back({name, std::string(line)});
  }
  return out;
}

config::source_reading read(std::string_view text) {
  config::source_reading out;
  if (constexpr auto mark = "environment\n"sv; text.starts_with(mark)) {
    out = config::read_environment(pairs_in<std::pair<std::string, std::string>>(text.substr(mark.size())));
  } else if (constexpr auto flags = "flags\n"sv; text.starts_with(flags)) {
    auto given = pairs_in<config::flag_value>(text.substr(flags.size()));
    std::erase_if(given,
                  [](const auto& flag) { return !config::find_setting(flag.key); });  // flags::add_to has only those
    out = config::read_flags(given);
  } else {
    out = config::read_yaml("sidecache.yaml", std::string(text));
  }
  std::erase_if(out.values, [](const auto& value) { return names_a_file(config::settings_table()[value.setting]); });
  for (auto& [setting, value] : out.values)
    if (config::settings_table()[setting].type == config::value_type::planes) forget_files(value);
  return out;
}

void check_errors(const std::vector<config::config_error>& errors) {
  require(!errors.empty(), "refused without an error");
  for (const auto& error : errors) {
    require(!error.found.empty(), "an error that says nothing");
    require(is_one_line(error.message()), "an error that breaks its line");
  }
}

/// The value of a row, where it is a number.
std::optional<std::uint64_t> number_of(const config::setting& row, config::settings& in) {
  if (const auto* at = std::get_if<duration& (*)(config::settings&)>(&row.at))
    return static_cast<std::uint64_t>((*at)(in).count());
  if (const auto* at = std::get_if<std::uint64_t& (*)(config::settings&)>(&row.at)) return (*at)(in);
  return std::nullopt;
}

void check_bounds(config::settings values, const config::plane_settings& plane) {
  values.plane = plane;
  for (const auto& row : config::settings_table()) {
    const auto number = number_of(row, values);
    if (number) require(*number >= row.low && *number <= row.high, "a number out of its bounds");
  }
}

/// As the part that connects has it: without a final dot, an IPv6 address in its shortest form.
std::string host_of(const config::upstream_url& url) {
  if (url.host.find(':') == std::string::npos)
    return url.host.substr(0, url.host.size() - (url.host.ends_with('.') ? 1 : 0));
  boost::system::error_code error;
  return boost::asio::ip::make_address_v6(url.host, error).to_string();
}

void check_texts(const config::plane_settings& plane) {
  const auto& url = plane.upstream.url;
  const auto other = net::parse_upstream_url(url.text);
  require(other.has_value(), "a URL that can't be connected to");
  if (other)
    require(
        other->tls == url.tls && other->host == host_of(url) && other->port == url.port && other->prefix == url.path,
        "a URL that is read in two ways");
  require(!url.path.ends_with('/') && url.path.find_first_of("?#@") == std::string::npos, "a URL's path");
  require(is_one_line(url.text), "a URL that breaks its line");
  const auto& proxy = plane.upstream.proxy;
  require(proxy.empty() || proxy == "direct" || net::parse_proxy_url(proxy).has_value(), "a proxy that can't be asked");
  for (const auto& host : plane.upstream.no_proxy)
    require(http::parse_no_proxy(host).not_understood.empty(), "a host to ask directly that is none");
  for (const auto& listen : plane.listen) require(is_one_line(listen.text), "an address that breaks its line");
  require(plane.prefix.empty() || (plane.prefix.starts_with('/') && !plane.prefix.ends_with('/')), "a plane's prefix");
  for (const auto& prefix : plane.prefixes)
    require(is_one_line(prefix) && (prefix.empty() || prefix.starts_with('/')) && !prefix.ends_with('/'), "a prefix");
  for (const auto& route : plane.routes) require(is_one_line(route.path), "a route that breaks its line");
}

void check_given_back(const config::loaded_settings& loaded) {
  config::environment variables;
  for (const auto& row : loaded.in_effect)  // a default that exceeds what was chosen elsewhere is one as a default only
    if (row.source.kind != config::source_kind::default_value && !names_a_file(*row.what) && row.key == row.what->key &&
        !(row.what->key == "routes" && row.text.empty()))
      variables.emplace_back(config::environment_name(row.what->key), row.text);
  const auto again = config::combine({config::read_environment(variables)});
  require(again.has_value(), "what is in effect is refused when given back");
  if (again) require(again->values == loaded.values, "what is in effect is something else when given back");
}

void check_units(std::string_view text) {
  if (const auto time = parse_duration(text)) {
    require(time->count() >= 0 && parse_duration(format_duration(*time)) == time,
            "a duration that is another when written");
  }
  if (const auto size = parse_size(text)) {
    require(parse_size(format_size(*size)) == size, "a size that is another when written");
  }
}

}  // namespace

void config(std::string_view text) {
  check_units(text.substr(0, text.find('\n')));
  const auto loaded = config::combine({read(text)});
  if (!loaded) return check_errors(loaded.error());
  require(!loaded->values.planes.empty(), "no plane at all");
  for (const auto& plane : loaded->values.planes) {
    check_bounds(loaded->values, plane);
    check_texts(plane);
  }
  check_given_back(*loaded);
}

}  // namespace sidecache::fuzz
