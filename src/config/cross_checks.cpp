#include "config/cross_checks.hpp"

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>

#include "base/units.hpp"
#include "config/listening_checks.hpp"
#include "config/secret_file.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

using error_list = std::vector<config_error>;

/// A default that exceeds what was chosen for the other simply counts for less; a chosen one is a mistake.
template <class Value>
void check_at_most(const candidate& all, std::string_view key, Value value, std::string_view bound_key, Value bound,
                   error_list& errors) {
  if (!all_right(all, {key, bound_key}) || all.is_default(key) || value <= bound) return;
  const std::string limit = shown_text(setting_of(bound_key), all.of(bound_key).value);
  complain(all, key, shown_text(setting_of(key), all.of(key).value),
           "at most " + all.full_key(bound_key) + " (" + limit + ")", errors);
}

void check_proportions(const candidate& all, error_list& errors) {
  const auto& cache = all.values.plane.cache;
  const auto& upstream = all.values.plane.upstream;
  check_at_most(all, "cache.inactive_ttl", cache.lifetimes.inactive_ttl, "cache.ttl", cache.lifetimes.ttl, errors);
  check_at_most(all, "cache.negative_ttl", cache.lifetimes.negative_ttl, "cache.ttl", cache.lifetimes.ttl, errors);
  check_at_most(all, "upstream.connect_timeout", upstream.connect_timeout, "upstream.timeout", upstream.timeout,
                errors);
  check_at_most(all, "limits.record_bytes", all.values.limits.record_bytes, "cache.max_bytes", cache.max_bytes, errors);
}

void check_limits(const candidate& all, error_list& errors) {
  const auto& limits = all.values.limits;
  check_at_most(all, "limits.target_bytes", limits.target_bytes, "limits.header_bytes", limits.header_bytes, errors);
  check_at_most(all, "limits.record_bytes", limits.record_bytes, "limits.buffered_bytes", limits.buffered_bytes,
                errors);
  check_at_most(all, "limits.sync_bytes", limits.sync_bytes, "limits.buffered_bytes", limits.buffered_bytes, errors);
  check_at_most(all, "limits.header_bytes", limits.header_bytes, "limits.buffered_bytes_per_connection",
                limits.buffered_bytes_per_connection, errors);
}

void check_upstreams(const candidate& all, error_list& errors) {
  constexpr std::string_view key = "upstream.urls";
  constexpr std::size_t most = 16;
  if (!all_right(all, {key, "upstream.url"})) return;
  const auto& urls = all.values.plane.upstream.urls;
  if (urls.empty()) return;
  if (!all.is_default("upstream.url")) complain(all, key, "both", "either upstream.urls or upstream.url", errors);
  if (urls.size() > most) complain(all, key, std::to_string(urls.size()) + " URLs", "at most 16", errors);
  const auto weighted = std::ranges::count_if(urls, [](const weighted_url& each) { return each.weight > 0; });
  if (weighted != 0 && static_cast<std::size_t>(weighted) != urls.size())
    complain(all, key, "some without", "a weight on each, or on none", errors);
  for (auto at = urls.begin(); at != urls.end(); ++at) {
    const auto same = [&](const weighted_url& each) {
      return each.url.host == at->url.host && each.url.port == at->url.port;
    };
    if (std::find_if(urls.begin(), at, same) != at)
      complain(all, key, in_quotes(at->url.text) + " again", "each host and port once", errors);
  }
}

void check_file(const candidate& all, const setting& what, error_list& errors) {
  const auto& [value, wrong] = all.of(what.key);
  if (wrong || value.text.empty()) return;
  std::string complaint = unreadable(value.text);
  if (complaint.empty() && what.key == "admin.token_file") {
    const auto token = read_secret_file(value.text);
    if (!token) complaint = token.error();
  }
  if (complaint.empty()) return;
  if (what.type == value_type::file) complaint += " (" + in_quotes(value.text) + ")";
  complain(all, what.key, complaint, "a file that sidecache may read", errors);
}

void check_tls(const candidate& all, error_list& errors) {
  const auto& upstream = all.values.plane.upstream;
  constexpr std::string_view certificate = "upstream.client_certificate_file";
  constexpr std::string_view key = "upstream.client_key_file";
  if (all_right(all, {certificate, key}) && upstream.client_certificate_file.empty() &&
      !upstream.client_key_file.empty())
    complain(all, key, "it alone", std::string(certificate) + " beside it", errors);
  if (!all_right(all, {"upstream.url", "upstream.urls"})) return;
  if (std::ranges::any_of(upstream.places(), [](const weighted_url& each) { return each.url.tls; })) return;
  for (const auto used : {std::string_view("upstream.ca_file"), certificate, key})
    if (all_right(all, {used}) && !all.of(used).value.text.empty())
      complain(all, used, "http://", "an upstream.url that begins with https://", errors);
}

/// RFC 7617 §2: a name without colons, a colon, anything; no control bytes.
bool is_user_and_password(std::string_view text) {
  return text.find(':') != std::string_view::npos && !text.starts_with(':') &&
         std::ranges::none_of(text, [](char c) { return (c >= 0 && c < ' ') || c == 0x7F; });
}

void check_proxy(const candidate& all, error_list& errors) {
  constexpr std::string_view key = "upstream.proxy_credentials_file";
  const auto& upstream = all.values.plane.upstream;
  if (!all_right(all, {key, "upstream.proxy"}) || upstream.proxy_credentials_file.empty()) return;
  if (upstream.proxy == "direct") complain(all, key, "direct", "an upstream.proxy that names a proxy", errors);
  const auto credentials = read_secret_file(upstream.proxy_credentials_file);  // check_file() tells of one that's gone
  if (credentials && !is_user_and_password(credentials->view()))
    complain(all, key, "something else (not shown, it is secret)", "a file of one line, user:password", errors);
}

/// sync.* is for planes of the data kind, and asking for changes takes who asks and on whose behalf.
void check_sync(const candidate& all, error_list& errors) {
  const bool is_data = all.values.plane.kind == plane_kind::data;
  for (const auto& what : settings_table()) {
    const bool chosen = what.key.starts_with("sync.") && shown_text(what, all.of(what.key).value) != what.default_text;
    if (chosen && !is_data && all_right(all, {what.key, "plane"}))
      complain(all, what.key, "it on an admin plane", "it on a plane of the data kind", errors);
  }
  const auto& sync = all.values.plane.sync;
  for (const auto needed : {std::string_view("sync.identifier_file"), std::string_view("sync.credential_file")})
    if (is_data && all_right(all, {"sync.poll_path", needed}) && !sync.poll_path.empty() &&
        all.of(needed).value.text.empty())
      complain(all, "sync.poll_path", "it alone", std::string(needed) + " beside it", errors);
}

/// Others are asked for the sake of healing, and by listeners alone: a weight or a path would mean nothing.
void check_peers(const candidate& all, error_list& errors) {
  constexpr std::string_view key = "sync.peers";
  constexpr std::string_view secret_key = "sync.peer_secret_file";
  constexpr std::size_t shortest_secret = 32;
  const auto& sync = all.values.plane.sync;
  if (all.values.plane.kind != plane_kind::data) return;  // check_sync() has told of that
  if (!all_right(all, {key, secret_key, "sync.heal", "sync.peer_ca_file"})) return;
  for (const auto& [url, weight] : sync.peers)
    if (weight != 0 || !url.path.empty())
      complain(all, key, in_quotes(url.text), "URLs such as http://sidecaches.example:9402, without path and weight",
               errors);
  if (!sync.peers.empty() && !sync.heal) complain(all, key, "it alone", "sync.heal: true beside it", errors);
  if (!sync.peers.empty() && sync.peer_secret_file.empty())
    complain(all, key, "it alone", std::string(secret_key) + " beside it", errors);
  const bool any_tls = std::ranges::any_of(sync.peers, [](const weighted_url& each) { return each.url.tls; });
  if (!sync.peer_ca_file.empty() && !any_tls)
    complain(all, "sync.peer_ca_file", "it alone", "a URL of sync.peers that begins with https://", errors);
  if (sync.peer_secret_file.empty()) return;
  const auto shared = read_secret_file(sync.peer_secret_file);  // check_file() tells of one that's gone
  if (shared && shared->view().size() < shortest_secret)
    complain(all, secret_key, "fewer (not shown, they are secret)", "a file of at least 32 characters", errors);
}

void check_prefixes(const candidate& all, error_list& errors) {
  if (!all_right(all, {"prefixes"})) return;
  const auto& prefixes = all.values.plane.prefixes;
  for (auto at = prefixes.begin(); at != prefixes.end(); ++at)
    if (std::find(prefixes.begin(), at, *at) != at)
      complain(all, "prefixes", in_quotes(*at) + " twice", "each prefix once", errors);
}

class route_checks {
 public:
  route_checks(const candidate& all, error_list& errors) : all_(all), errors_(errors) {}

  void run() {
    const auto& routes = all_.values.plane.routes;
    for (std::size_t i = 0; i < routes.size(); ++i) {
      check_reached(i);
      if (all_.values.plane.kind == plane_kind::admin && !records::is_typed(routes[i].kind))
        complain(i, "path", in_quotes(routes[i].path),
                 "/integrations/, /virtual-keys/ or /providers/: an admin plane looks up nothing else");
      const duration ttl = routes[i].ttl.value_or(all_.values.plane.cache.lifetimes.ttl);
      if (!routes[i].ttl && !all_right(all_, {"cache.ttl"})) continue;
      check_at_most_ttl(i, "inactive_ttl", routes[i].inactive_ttl, ttl);
      check_at_most_ttl(i, "negative_ttl", routes[i].negative_ttl, ttl);
    }
  }

 private:
  void check_reached(std::size_t i) {
    const auto& routes = all_.values.plane.routes;
    const auto& path = routes[i].path;
    for (std::size_t j = 0; j < i; ++j) {
      if (!routes[j].covers(routes[i])) continue;
      complain(i, "path", in_quotes(path) + ", which is never reached",
               "a path that routes[" + std::to_string(j) + "] (" + routes[j].path + ") does not match already");
      return;
    }
  }

  void check_at_most_ttl(std::size_t i, const std::string& name, const std::optional<duration>& value, duration ttl) {
    if (value && *value > ttl)
      complain(i, name, format_duration(*value), "at most the route's ttl (" + format_duration(ttl) + ")");
  }

  void complain(std::size_t i, const std::string& name, std::string found, std::string expected) {
    const node& route = all_.of("routes").value.items[i];
    const auto field = std::ranges::find(route.members, name, &member::name);
    errors_.push_back({.where = field == route.members.end() ? route.where : field->value.where,
                       .key = all_.full_key("routes") + "[" + std::to_string(i) + "]." + name,
                       .found = std::move(found),
                       .expected = std::move(expected),
                       .closest = {}});
  }

  const candidate& all_;
  error_list& errors_;
};

void check_files(const candidate& all, bool of_the_plane, error_list& errors) {
  for (const auto& what : settings_table())
    if ((what.type == value_type::file || what.type == value_type::secret_file) &&
        is_of_a_plane(what.key) == of_the_plane)
      check_file(all, what, errors);
}

void check_plane(const candidate& plane, error_list& errors) {
  check_proportions(plane, errors);
  check_prefixes(plane, errors);
  check_files(plane, true, errors);
  check_upstreams(plane, errors);
  check_tls(plane, errors);
  check_proxy(plane, errors);
  check_sync(plane, errors);
  check_peers(plane, errors);
  if (all_right(plane, {"routes"})) route_checks(plane, errors).run();
}

/// What each needs for itself alone: a name for its figures, and the identifier by which it is told of changes once.
void check_told_apart(std::span<const candidate> planes, error_list& errors) {
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const plane_settings& own = planes[i].values.plane;
    for (std::size_t j = 0; j < i; ++j) {
      const plane_settings& other = planes[j].values.plane;
      const std::string others = " than " + planes[j].place + " has";
      if (name_of(own) == name_of(other) && all_right(planes[i], {"name", "plane"}) &&
          all_right(planes[j], {"name", "plane"})) {
        complain(planes[i], "name", in_quotes(name_of(own)), "another name" + others, errors);
        if (planes[i].is_default("name")) errors.back().where = planes[i].of("planes").value.items[i].where;
      }
      if (!own.sync.poll_path.empty() && !other.sync.poll_path.empty() && !own.sync.identifier_file.empty() &&
          own.sync.identifier_file == other.sync.identifier_file)
        complain(planes[i], "sync.identifier_file", in_quotes(own.sync.identifier_file), "another file" + others,
                 errors);
      // One list of stale answers, in which one way to tell tenants apart counts.
      if (!own.sync.peer_secret_file.empty() && !other.sync.peer_secret_file.empty() &&
          own.sync.peer_secret_file != other.sync.peer_secret_file)
        complain(planes[i], "sync.peer_secret_file", "another (not shown)",
                 "the same file as " + planes[j].place + " has", errors);
    }
  }
}

}  // namespace

void cross_check(std::span<const candidate> planes, error_list& errors) {
  const candidate& process = planes.front();
  check_limits(process, errors);
  check_listening(planes, errors);
  check_files(process, false, errors);
  for (const candidate& each : planes) check_plane(each, errors);
  check_told_apart(planes, errors);
}

}  // namespace sidecache::config
