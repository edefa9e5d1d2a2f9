#include "http/head_parser.hpp"

#include <algorithm>

#include "http/head_filler.hpp"
#include "http/head_rules.hpp"

namespace sidecache::http {
namespace {

/// So many empty lines before a request are skipped (RFC 9112 §2.2 asks for one); more of them are an empty head.
constexpr std::size_t empty_lines_allowed = 4;

refusal refuse(flaw broken) {
  const rule& r = rule_of(broken);
  return {r.status, r.code, std::string(r.why)};
}

void set_framing(const head_facts& facts, request_head& out) {
  out.content_length = facts.length.value_or(0);
  out.body = facts.coding ? framing::chunked : facts.length ? framing::length : framing::none;
}

void set_framing(const head_facts& facts, method asked, response_head& out) {
  out.content_length = facts.length.value_or(0);
  const bool bodiless = asked == method::head || facts.status < 200 || facts.status == 204 || facts.status == 304;
  out.body = bodiless       ? framing::none
             : facts.coding ? framing::chunked
             : facts.length ? framing::length
                            : framing::until_close;
}

}  // namespace

std::optional<std::size_t> find_head_end(std::string_view bytes, std::size_t from) {
  std::size_t start = 0;
  for (; bytes.substr(start).starts_with("\r\n"); start += 2)
    if (start == 2 * empty_lines_allowed) return start + 2;
  // A line that ends in LF alone ends the search too: the scan refuses it at once, instead of a wait for more.
  for (auto at = std::max(start, from > 2 ? from - 2 : 0); at < bytes.size(); ++at) {
    at = bytes.find('\n', at);
    if (at == std::string_view::npos) return std::nullopt;
    const auto next = bytes.substr(at + 1);
    if (next.starts_with('\n')) return at + 2;
    if (next.starts_with("\r\n")) return at + 3;
  }
  return std::nullopt;
}

refusal refuse_unfinished_head(std::string_view so_far, const head_limits& limits) {
  const auto line = so_far.substr(0, so_far.find('\n'));
  const auto before = line.find(' ');
  const auto target = before == std::string_view::npos ? std::string_view{} : line.substr(before + 1);
  const bool long_target = target.substr(0, target.find(' ')).size() > limits.target_bytes;
  return refuse(long_target ? flaw::target_too_long : flaw::head_too_large);
}

std::expected<void, refusal> parse_request_head(std::string_view head, const head_limits& limits, request_head& out) {
  if (head.size() > limits.header_bytes) return std::unexpected(refuse_unfinished_head(head, limits));
  const auto facts = scan_request_head(head, limits.target_bytes);
  if (!facts) return std::unexpected(refuse(facts.error()));
  out.fields.clear();
  out.fields.reserve(head.size());
  head_filler<true> filler(out.fields);
  // The scan knows every flaw that Beast knows; a disagreement is refused as a malformed request line, never forwarded.
  if (!filler.fill(facts->head)) return std::unexpected(refuse(flaw::bad_request_line));
  out.method_name.assign(filler.method());
  out.method = method_from(out.method_name);
  out.target.assign(facts->target.front() == '?' ? "/" : "");  // http://host?query has no path (RFC 9112 §3.2.1)
  out.target.append(facts->target);
  out.version = facts->version;
  out.keep_alive = !facts->close && (facts->version == 11 || facts->keep_alive);
  out.expect_continue = facts->expects && facts->version == 11;  // RFC 9110 §10.1.1: HTTP/1.0 cannot mean it
  set_framing(*facts, out);
  return {};
}

std::expected<void, std::string> parse_response_head(std::string_view head, method asked, response_head& out) {
  const auto facts = scan_response_head(head, out.fields);
  if (!facts) return std::unexpected(std::string(rule_of(facts.error()).why));
  out.status = facts->status;
  out.reason.assign(facts->reason);
  out.version = facts->version;
  set_framing(*facts, asked, out);
  return {};
}

}  // namespace sidecache::http
