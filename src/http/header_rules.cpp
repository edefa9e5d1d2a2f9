#include "http/header_rules.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <cstddef>
#include <vector>

#include "base/text.hpp"
#include "http/field_line.hpp"

namespace sidecache::http {
namespace {

constexpr std::string_view portkey_prefix = "x-portkey-";

/// Behind "x-portkey-": not part of the key. A final `*` stands for any rest.
constexpr std::array<std::string_view, 6> keyless{"api-key",  "trace-id",        "metadata",
                                                  "runtime*", "package-version", "strict-open-ai-compliance"};

constexpr std::array<std::string_view, 20> not_in_trailers{
    "content-length", "host",         "trailer",          "expect",        "max-forwards",
    "authorization",  "cookie",       "set-cookie",       "cache-control", "expires",
    "vary",           "etag",         "last-modified",    "age",           "date",
    "location",       "content-type", "content-encoding", "content-range", "x-portkey-api-key"};

/// Fields that are true of one exchange only. A final `*` stands for any rest.
constexpr std::array<std::string_view, 50> one_exchange{
    // Somebody's session.
    "set-cookie", "set-cookie2",
    // Names of the one request that fetched it. SDKs take some for a sign that the gateway itself answered.
    "x-portkey-trace-id", "x-portkey-request-id", "x-request-id", "request-id", "x-correlation-id", "correlation-id",
    "x-trace-id", "traceparent", "tracestate", "traceresponse", "x-b3-*", "x-cloud-trace-context",
    // Content delivery networks, load balancers and API gateways: request names, places, their own hits and timings.
    "cf-*", "x-amzn-requestid", "x-amzn-request-id", "x-amzn-trace-id", "x-amzn-remapped-*", "x-amz-request-id",
    "x-amz-id-*", "x-amz-apigw-id", "x-amz-cf-*", "x-azure-ref*", "x-ms-request-id", "x-vercel-*", "fly-request-id",
    "x-envoy-*", "x-kong-*", "x-served-by", "x-timer", "x-cache", "x-cache-*", "x-varnish", "x-runtime",
    "x-response-time", "server-timing",
    // How caches above us handled that request (RFC 9211 §2): each answer of ours says how it was handled here.
    "cache-status", "warning",
    // Budgets and waits counted from that moment.
    "retry-after", "ratelimit", "ratelimit-*", "x-ratelimit-*", "x-rate-limit-*",
    // Advice about the control plane's own host and port (RFC 7838; Reporting API), which is not where clients connect.
    "alt-svc", "nel", "report-to", "reporting-endpoints",
    // Said of messages that are written anew: Range is answered by the whole, and there are no trailers.
    "accept-ranges", "trailer"};

bool matches(std::string_view name, std::string_view pattern) {
  if (name.empty() || to_lower(name.front()) != pattern.front()) return false;  // which most are told apart by
  if (pattern.ends_with('*')) return starts_with_ignoring_case(name, pattern.substr(0, pattern.size() - 1));
  return equal_ignoring_case(name, pattern);
}

bool any_matches(std::string_view name, const auto& patterns) {
  return std::ranges::any_of(patterns, [&](std::string_view pattern) { return matches(name, pattern); });
}

}  // namespace

/// RFC 9110 §7.6.1.
bool is_hop_by_hop(std::string_view name) {
  const auto is = [name](std::string_view other) { return equal_ignoring_case(name, other); };
  switch (name.size()) {  // most fields have the size of none of them
    case 2:
      return is("te");
    case 7:
      return is("upgrade");
    case 10:
      return is("connection") || is("keep-alive");
    case 14:
      return is("http2-settings");  // h2c: RFC 7540 §3.2.1
    case 16:
      return is("proxy-connection");
    case 17:
      return is("transfer-encoding");
    case 18:
      return is("proxy-authenticate");  // between a client and the one proxy that asked for them: RFC 9110 §11.7
    case 19:
      return is("proxy-authorization");
    case 25:
      return is("proxy-authentication-info");
    default:
      return false;
  }
}

void erase_hop_by_hop(fields& of) {
  std::vector<std::string> named;  // sorted: a head can name thousands and have thousands
  for (const auto& [name, value] : of)
    if (equal_ignoring_case(name, "connection"))
      for_each_list_member(value, [&](std::string_view member) {
        if (!is_hop_by_hop(member)) named.push_back(lower(member));
      });
  std::ranges::sort(named);
  of.erase_if([&](const field& each) {
    return is_hop_by_hop(each.name) || (!named.empty() && std::ranges::binary_search(named, lower(each.name)));
  });
}

bool is_key_field(std::string_view name) {
  return starts_with_ignoring_case(name, portkey_prefix) && !any_matches(name.substr(portkey_prefix.size()), keyless);
}

std::string variant_key(const fields& request) {
  struct line {
    std::string name;
    std::size_t order;
    std::string_view value;
    auto operator<=>(const line&) const = default;
  };
  std::vector<line> found;
  found.reserve(8);
  for_each_key_field(request,
                     [&](const field& each) { found.push_back({lower(each.name), found.size(), each.value}); });
  std::ranges::sort(found);
  std::string key;
  if (!found.empty()) key.reserve(128);
  for (const auto& [name, order, value] : found)
    key.append(name).append("=").append(std::to_string(value.size())).append(":").append(value).append(";");
  return key;
}

credential_view credential_of(const fields& request) {
  credential_view who;
  std::size_t authorizations = 0;
  std::size_t api_keys = 0;
  bool empty = false;
  bool cookie = false;
  for (const auto& [name, value] : request) {
    if (equal_ignoring_case(name, "authorization")) {
      ++authorizations;
      who.authorization = value;
      empty = empty || value.empty();
    } else if (equal_ignoring_case(name, "x-portkey-api-key")) {
      ++api_keys;
      who.api_key = value;
      empty = empty || value.empty();
    } else {
      cookie = cookie || equal_ignoring_case(name, "cookie");
    }
  }
  if (authorizations > 1 || api_keys > 1) {
    who.state = credential_state::repeated;
  } else if (cookie) {
    who.state = credential_state::cookie;
  } else if (authorizations + api_keys > 0 && !empty) {
    who.state = credential_state::present;
  }
  return who;
}

namespace {

/// What came once.
void add_trace(const fields& request, fields& out) {
  for (const std::string_view name : {"traceparent", "x-request-id"})
    if (request.count(name) == 1) out.add(name, request.find(name).value_or(""));
  if (!out.contains("traceparent")) return;
  if (const auto state = request.joined("tracestate")) out.add("tracestate", *state);
}

}  // namespace

fields upstream_lookup_fields(const fields& request, std::string_view version) {
  fields out;
  out.reserve(256);  // the credential, its fields and ours, mostly
  bool traced = false;
  for (const auto& [name, value] : request) {
    traced = traced || name.size() == 11 || name.size() == 12;  // as long as the names of what add_trace() looks for
    if (equal_ignoring_case(name, "authorization") || equal_ignoring_case(name, "x-portkey-api-key") ||
        equal_ignoring_case(name, "via") || is_key_field(name))
      out.add(name, value);
  }
  if (traced) add_trace(request, out);
  out.add("Accept", "application/json");
  out.add("Accept-Encoding", "identity");
  out.add("User-Agent", std::string("sidecache/").append(version));
  return out;
}

fields pass_through_fields(const fields& request) {
  fields out = request;
  erase_hop_by_hop(out);
  out.erase_if([](const field& each) {
    return equal_ignoring_case(each.name, "host") || equal_ignoring_case(each.name, "content-length") ||
           equal_ignoring_case(each.name, "expect");
  });
  return out;
}

fields pass_through_trailers(const fields& trailers) {
  fields out = trailers;
  erase_hop_by_hop(out);
  out.erase_if([](const field& each) { return any_matches(each.name, not_in_trailers); });
  return out;
}

bool belongs_to_one_exchange(std::string_view name) { return any_matches(name, one_exchange); }

fields stored_fields(const fields& response) {
  fields kept = response;
  erase_hop_by_hop(kept);
  fields out;  // copied anew, so that what was dropped doesn't stay in its bytes for as long as the entry lives
  out.reserve(256);
  for (const auto& [name, value] : kept)
    if (!belongs_to_one_exchange(name) && !equal_ignoring_case(name, "content-length") &&
        !equal_ignoring_case(name, "age"))
      out.add(name, value);
  return out;
}

bool is_json_content_type(std::string_view value) {
  const auto type = trim(value.substr(0, value.find(';')));
  const auto slash = type.find('/');
  if (slash == std::string_view::npos) return false;
  const auto family = type.substr(0, slash);
  const auto subtype = type.substr(slash + 1);
  if (!is_token(family) || !is_token(subtype)) return false;
  if (equal_ignoring_case(type, "application/json")) return true;
  const std::size_t suffix = std::string_view("+json").size();
  return subtype.size() > suffix && equal_ignoring_case(subtype.substr(subtype.size() - suffix), "+json");
}

}  // namespace sidecache::http
