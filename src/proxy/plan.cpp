#include "proxy/plan.hpp"

#include "http/header_rules.hpp"

namespace sidecache::proxy {
namespace {

http::route route_label(const http::target& target, plane_kind of) {
  using enum http::target_class;
  if (target.what == sync) return http::route::sync;
  if (target.what == api_key && target.exact) return http::route::api_keys;
  const bool of_a_kind = target.what == record || target.what == list || target.what == sub_resource;
  // What the admin API's plane never answers from memory is one and the same there.
  const bool named = of_a_kind && (of == plane_kind::data || records::is_typed(target.kind));
  return named ? http::route_of(target.kind) : http::route::other;
}

/// Why a GET or HEAD of a record may not be answered from the cache; "" if it may. A body is no reason: it can't change
/// what is asked for (RFC 9110 §9.3.1). A fetch goes without it and the session reads it off, so it reaches no answer.
std::string_view why_not_cached(const http::request_head& request) {
  switch (http::credential_of(request.fields).state) {
    case http::credential_state::present:
      return {};
    case http::credential_state::none:
      return "no-credential";
    case http::credential_state::repeated:
      return "repeated-credential";
    case http::credential_state::cookie:
      return "cookie";
  }
  return "no-credential";
}

plan plan_for(http::target classified, plane_kind of) {
  plan made;
  made.plane = of;
  made.target = std::move(classified);
  made.route = route_label(made.target, of);
  return made;
}

/// `why_not()` is why_not_cached() of it.
plan plan_reading(http::target classified, plane_kind of, auto why_not) {
  plan made = plan_for(std::move(classified), of);
  if (made.target.what == http::target_class::opaque) {
    made.detail = "opaque-target";
  } else if (made.target.what == http::target_class::sync) {  // by HEAD too: it would be handed out to nobody
    made.what = action::sync;
    made.detail = "sync";
  } else if (made.target.exact) {
    if (made.target.what == http::target_class::list) made.target.kind = records::kind::integration_list;
    made.detail = why_not();
    if (made.detail.empty()) {
      made.what = action::lookup;
      made.forward = "uri-miss";
    }
  }
  return made;
}

}  // namespace

plan plan_request(const http::request_head& request, const std::vector<std::string>& prefixes, plane_kind of) {
  return plan_request(request, http::classify_target(request.target, prefixes, of), of);
}

plan plan_request(const http::request_head& request, http::target classified, plane_kind of) {
  if (request.method == http::method::get || request.method == http::method::head)
    return plan_reading(std::move(classified), of, [&] { return why_not_cached(request); });
  plan made = plan_for(std::move(classified), of);
  made.forward = "method";
  if (!http::is_safe(request.method)) made.what = action::write;
  return made;
}

plan plan_known_get(http::target classified, plane_kind of) {
  return plan_reading(std::move(classified), of, [] { return std::string_view{}; });
}

}  // namespace sidecache::proxy
