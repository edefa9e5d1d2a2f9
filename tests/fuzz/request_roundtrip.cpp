// Two readers of the same request must agree: what the parser accepts, written again and parsed again, is the same; and
// so is what the control plane will read of what sidecache forwards. A difference would be request smuggling.
//
// Input, structure-aware: lines of text, `METHOD TARGET VERSION` and then fields. They become a head with CRLF at every
// line's end, and with a Host where HTTP/1.1 lacks one, so that mutations spend themselves on what fields say and not
// on where lines end (request_head does that). Promised for every head that is accepted:
//  1. Method, target and fields as held, written down and parsed again, are an equal request; once more, the same
//  bytes.
//  2. Passed through: the control plane reads the same method, the target behind the prefix, the same framing, and of
//     the fields all but Host, framing, Expect, those that speak of one connection and those that Connection names.
//  3. As a lookup: the control plane reads the same credential and the same key fields, which are all that the key is
//     made of, and nothing else of the client's but Via.
//  4. Either way, if it comes back it is known by its Via, whatever the client had written there.
#include <algorithm>
#include <string>

#include "base/manual_clock.hpp"
#include "heads.hpp"
#include "http/head_parser.hpp"
#include "http/header_rules.hpp"
#include "net/upstream_request_head.hpp"
#include "proxy/core.hpp"
#include "proxy/forwarding.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

const net::upstream_url& upstream() {
  static const auto url = net::parse_upstream_url("http://control-plane.example:8080/albus").value();
  return url;
}

/// The head that the input's lines say.
std::string head_from(std::string_view text) {
  std::string head;
  bool host = false;
  for (const auto line : split(text, "\n")) {
    if (line.empty()) break;
    head.append(line).append("\r\n");
    host = host || starts_with_ignoring_case(line, "host:");
  }
  if (!host) head.append("Host: localhost\r\n");
  return head.append("\r\n");
}

http::request_head parse(const std::string& head, const char* what) {
  http::request_head out;
  require(http::find_head_end(head, 0) == head.size(), what);
  require(http::parse_request_head(head, {.header_bytes = 1U << 20U, .target_bytes = 1U << 20U}, out).has_value(),
          what);
  return out;
}

std::string written(const http::request_head& head) {
  std::string out = head.method_name + " " + head.target + (head.version == 11 ? " HTTP/1.1\r\n" : " HTTP/1.0\r\n");
  head.fields.serialize(out);
  return out.append("\r\n");
}

void check_rewritten(const http::request_head& parsed) {
  const auto text = written(parsed);
  const auto again = parse(text, "what was accepted is refused when written again");
  require(same(parsed, again), "written again it is another request");
  require(written(again) == text, "written twice it is other bytes");
}

const proxy::core& forwarder() {
  static const manual_clock clock;
  static const proxy::core core({}, clock, process_keys{});
  return core;
}

http::request_head read_upstream(const proxy::upstream_request& request, const http::request_head& parsed) {
  const auto head = net::upstream_request_head(request, upstream());
  require(head.has_value(), "what was accepted can't be forwarded");
  auto seen = parse(head.value_or(""), "the control plane would refuse what is forwarded");
  require(seen.method_name == parsed.method_name && seen.version == 11, "forwarded with another method");
  require(seen.target == (parsed.target == "*" ? "*" : upstream().prefix + parsed.target), "with another target");
  require(seen.fields.find("host") == upstream().authority, "forwarded to another Host");
  require(seen.keep_alive && !seen.expect_continue, "forwarded with the client's connection");
  const auto loop = proxy::answer_instead(seen, forwarder().pseudonym(), http::route::other);
  require(loop && loop->status == 508, "what comes back is not known");
  require(seen.fields.count("via") == 1, "not one Via");
  return seen;
}

bool is_framing_or_host(std::string_view name) {
  return equal_ignoring_case(name, "host") || equal_ignoring_case(name, "content-length") ||
         equal_ignoring_case(name, "transfer-encoding");
}

/// Fields that whoever forwards changes.
bool is_counted(std::string_view name, http::method method) {
  const bool counts = method == http::method::options || method == http::method::trace;
  return equal_ignoring_case(name, "via") || (counts && equal_ignoring_case(name, "max-forwards"));
}

/// What may reach the control plane, told in other words than pass_through_fields() has for it.
http::fields end_to_end(const http::request_head& parsed) {
  http::fields out;
  for (const auto& [name, value] : parsed.fields)
    if (!is_framing_or_host(name) && !is_counted(name, parsed.method) && !equal_ignoring_case(name, "expect") &&
        !http::is_hop_by_hop(name) && !parsed.fields.lists("connection", name))
      out.add(name, value);
  return out;
}

void check_passed_through(const http::request_head& parsed) {
  auto seen = read_upstream(proxy::passed_request(parsed, forwarder(), "", http::route::other), parsed);
  const bool announced = parsed.body == http::framing::none && seen.body == http::framing::length;
  require(seen.body == parsed.body || announced, "forwarded with another framing");
  require(seen.content_length == parsed.content_length, "forwarded with another length");
  seen.fields.erase_if(
      [&](const http::field& f) { return is_framing_or_host(f.name) || is_counted(f.name, parsed.method); });
  require(same(seen.fields, end_to_end(parsed)), "forwarded with other fields");
}

void check_asked_for(const http::request_head& parsed) {
  const auto ours = http::credential_of(parsed.fields);
  if (ours.state != http::credential_state::present) return;
  auto request = proxy::lookup_request(parsed, forwarder(), http::route::other);
  request.method = parsed.method;  // lookups are asked for by GET
  request.method_name = parsed.method_name;
  auto seen = read_upstream(request, parsed);
  const auto theirs = http::credential_of(seen.fields);
  require(theirs.state == ours.state && theirs.authorization == ours.authorization && theirs.api_key == ours.api_key,
          "asked for with another credential");
  require(http::variant_key(seen.fields) == http::variant_key(parsed.fields), "asked for with other key fields");
  seen.fields.erase_if([](const http::field& f) { return is_framing_or_host(f.name) || http::is_key_field(f.name); });
  for (const auto* known : {"authorization", "x-portkey-api-key", "accept", "accept-encoding", "user-agent", "via",
                            "traceparent", "tracestate", "x-request-id"})
    require(seen.fields.erase(known) <= 1, "asked for with a field twice");
  require(seen.fields.empty(), "asked for with something else of the client's");
}

}  // namespace

void request_roundtrip(std::string_view text) {
  http::request_head parsed;
  if (!http::parse_request_head(head_from(text), {}, parsed)) return;
  check_rewritten(parsed);
  check_passed_through(parsed);
  if (parsed.method == http::method::get || parsed.method == http::method::head) check_asked_for(parsed);
}

}  // namespace sidecache::fuzz
