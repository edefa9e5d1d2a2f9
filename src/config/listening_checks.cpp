#include "config/listening_checks.hpp"

#include <algorithm>
#include <string>

namespace sidecache::config {
namespace {

using error_list = std::vector<config_error>;
constexpr std::size_t no_plane = static_cast<std::size_t>(-1);

/// An address, and the setting or the part of one that it comes from.
struct listener {
  const candidate& of;
  std::size_t plane;  ///< its index; of metrics and admin pages no_plane
  std::string_view setting;
  std::string key;
  const listen_address& address;
};

std::vector<listener> listeners_of(std::span<const candidate> planes) {
  std::vector<listener> out;
  for (std::size_t plane = 0; plane < planes.size(); ++plane) {
    const candidate& of = planes[plane];
    const auto& several = of.values.plane.listen;
    const std::string key = of.full_key("listen");
    if (all_right(of, {"listen"}))
      for (std::size_t i = 0; i < several.size(); ++i)
        out.push_back(
            {of, plane, "listen", several.size() == 1 ? key : key + "[" + std::to_string(i) + "]", several[i]});
  }
  const candidate& process = planes.front();
  if (all_right(process, {"metrics.listen"}))
    out.push_back({process, no_plane, "metrics.listen", "metrics.listen", process.values.metrics.listen});
  if (all_right(process, {"admin.listen"}))
    out.push_back({process, no_plane, "admin.listen", "admin.listen", process.values.admin.listen});
  return out;
}

void complain_of(const listener& which, std::string expected, error_list& errors) {
  complain(which.of, which.setting, in_quotes(which.address.text), std::move(expected), errors);
  errors.back().key = which.key;
}

/// One address for two planes: their prefixes say whose a request is.
void check_shared(const listener& one, const listener& earlier, error_list& errors) {
  const std::string& prefix = one.of.values.plane.prefix;
  if (!all_right(one.of, {"prefix"}) || !all_right(earlier.of, {"prefix"})) return;
  if (prefix != earlier.of.values.plane.prefix) return;
  complain(one.of, "prefix", in_quotes(prefix),
           "another prefix than " + earlier.of.place + " has, which listens on " + to_string(one.address) + " too",
           errors);
  if (one.of.is_default("prefix")) errors.back().where = one.of.of("planes").value.items[one.plane].where;
}

void check_pair(const listener& one, const listener& earlier, error_list& errors) {
  const bool of_two_planes = one.plane != no_plane && earlier.plane != no_plane && one.plane != earlier.plane;
  if (of_two_planes && same_place(one.address, earlier.address)) return check_shared(one, earlier, errors);
  if (!collide(one.address, earlier.address)) return;
  // The one that was chosen is told of, not a default that it runs into.
  const bool swap = one.of.is_default(one.setting);
  complain_of(swap ? earlier : one, "an address that " + (swap ? one : earlier).key + " does not take already", errors);
}

void check_upstream_is_none(const candidate& plane, const std::vector<listener>& listeners, error_list& errors) {
  if (!all_right(plane, {"upstream.url", "upstream.urls"})) return;
  const auto& upstream = plane.values.plane.upstream;
  for (const auto& [url, weight] : upstream.places())
    for (const auto& own : listeners)
      if (!own.address.is_unix() && own.address.port == url.port && own.address.host == url.host)
        complain(plane, upstream.urls.empty() ? "upstream.url" : "upstream.urls", in_quotes(url.text),
                 "the control plane, not sidecache's own " + own.key, errors);
}

void check_tls(const candidate& process, const std::vector<listener>& listeners, error_list& errors) {
  constexpr std::string_view certificate = "tls.certificate_file";
  if (!all_right(process, {certificate}) || !process.values.tls.certificate_file.empty()) return;
  for (const auto& own : listeners)
    if (own.address.tls) complain_of(own, std::string(certificate) + " beside https://", errors);
  for (const std::string_view alone : {"tls.key_file", "tls.client_ca_file"})
    if (all_right(process, {alone}) && !process.of(alone).value.text.empty())
      complain(process, alone, "it alone", std::string(certificate) + " beside it", errors);
}

/// The data plane's answers have providers' keys in clear.
void check_plaintext(const listener& which, error_list& errors) {
  if (which.plane == no_plane || !all_right(which.of, {"plane", "allow_plaintext"})) return;
  const plane_settings& plane = which.of.values.plane;
  if (!carries_keys_in_clear(plane, which.address)) return;
  complain_of(which,
              "https://, unix: or a loopback address where a data plane listens, or allow_plaintext: true, for "
              "providers' keys travel there",
              errors);
}

}  // namespace

void check_listening(std::span<const candidate> planes, error_list& errors) {
  const auto listeners = listeners_of(planes);
  for (std::size_t i = 0; i < listeners.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) check_pair(listeners[i], listeners[j], errors);
  for (const auto& each : planes) check_upstream_is_none(each, listeners, errors);
  check_tls(planes.front(), listeners, errors);
  for (const auto& each : listeners) check_plaintext(each, errors);
}

}  // namespace sidecache::config
