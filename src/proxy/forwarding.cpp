#include "proxy/forwarding.hpp"

#include "http/forwarding.hpp"
#include "http/header_rules.hpp"

namespace sidecache::proxy {
namespace {

constexpr std::string_view allow = "Allow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\r\n";

/// The methods that count the proxies they pass.
bool counts_forwards(http::method method) { return method == http::method::options || method == http::method::trace; }

answer loop(const http::request_head& request, http::route route) {
  answer made =
      make_error(508, "loop_detected",
                 "this request has passed this sidecache before: its upstream.url leads back to it", request.method);
  made.report = {outcome::rejected, route};
  return made;
}

}  // namespace

std::optional<answer> answer_instead(const http::request_head& request, std::string_view pseudonym, http::route route) {
  if (http::has_passed(request.fields, pseudonym)) return loop(request, route);
  if (!counts_forwards(request.method) || http::forwards_left(request.fields) != 0) return std::nullopt;
  if (request.method == http::method::options) {
    answer made = make_answer(204, "", "", allow);
    made.report = {outcome::pass, route};
    return made;
  }
  answer made = make_error(405, "trace_not_allowed", "sidecache does not reflect requests", request.method);
  made.extra.append(allow);
  made.report = {outcome::rejected, route};
  return made;
}

upstream_request lookup_request(const http::request_head& first, const core& by, http::route route) {
  upstream_request asked;
  asked.target = first.target;
  asked.fields = http::upstream_lookup_fields(first.fields, by.config().version);
  http::append_via(asked.fields, first.version, by.pseudonym());
  asked.route = route;
  return asked;
}

upstream_request passed_request(const http::request_head& request, const core& by, std::string_view client_address,
                                http::route route) {
  upstream_request asked;
  asked.method = request.method;
  asked.method_name = request.method_name;
  asked.target = request.target;
  asked.fields = http::pass_through_fields(request.fields);
  http::append_via(asked.fields, request.version, by.pseudonym());
  if (counts_forwards(request.method)) http::spend_forward(asked.fields);
  if (by.config().forwarded_for) http::append_forwarded_for(asked.fields, client_address);
  asked.body = request.body;
  asked.content_length = request.content_length;
  asked.route = route;
  return asked;
}

}  // namespace sidecache::proxy
