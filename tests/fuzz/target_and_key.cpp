// What a request is about and where its answer is stored: classify_target(), plan_request(), core::describe() and the
// write table. Promises 1 and 2 of the README stand on these.
//
// Input: a raw target, another one, and then fields of a first request; after a line `--` those of a second one, which
// has the second target. Promised for all of them:
//  1. A path that servers could read in two ways (dot segments, `\`, `;`, `#`, bytes outside of printable ASCII, broken
//     escapes, escapes of `/`, `\`, `%` and controls) is opaque; a naive reader, written here, says which those are.
//  2. A slug is decoded, not empty, holds nothing that could be decoded again or split, and names the same record when
//     every byte of it is escaped. Slashes too many and the query change nothing.
//  3. What is an exact lookup under our prefixes is the same record, or opaque, to the generous reader that finds
//     writes: a write to it, under any prefix, touches what a read of it, a record and a remembered denial depend on.
//     So does a write that names its UUID.
//  4. Two lookups have the same key if and only if they have the same credential, raw target and key fields, told by a
//     comparison written here; the order of differently named fields does not count.
//  5. A lookup is a GET or HEAD of an exact record by one credential, and nothing else is.
#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <vector>

#include "base/manual_clock.hpp"
#include "cache/dependencies.hpp"
#include "heads.hpp"
#include "http/header_rules.hpp"
#include "http/route.hpp"
#include "proxy/core.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

using enum http::target_class;

const std::vector<std::string> prefixes{"", "/v1", "/v2", "/api/v1"};

bool is_plain(char c) { return c > 0x20 && c < 0x7F && std::string_view("#;\\").find(c) == std::string_view::npos; }

/// Whether a server could make something else of the segment than we do.
bool is_ambiguous_segment(std::string_view segment) {
  std::string decoded;
  for (std::size_t i = 0; i < segment.size(); ++i) {
    if (segment[i] != '%') {
      decoded += segment[i];
      continue;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    if (segment.size() - i < 3) return true;
    const auto high = digits.find(to_lower(segment[i + 1]));
    const auto low = digits.find(to_lower(segment[i + 2]));
    if (high == std::string_view::npos || low == std::string_view::npos) return true;
    const auto byte = static_cast<unsigned char>(high * 16 + low);
    if (byte < 0x20 || byte == 0x7F || byte == '/' || byte == '\\' || byte == '%') return true;
    decoded += static_cast<char>(byte);
    i += 2;
  }
  return decoded == "." || decoded == "..";
}

bool is_ambiguous(std::string_view path) {
  return !path.starts_with('/') || !std::ranges::all_of(path, is_plain) ||
         std::ranges::any_of(split(path, "/"), is_ambiguous_segment);
}

bool same(const http::target& a, const http::target& b) {
  return a.what == b.what && a.kind == b.kind && a.ident == b.ident && a.sub_resource == b.sub_resource &&
         a.organisation == b.organisation && a.exact == b.exact;
}

std::string escaped(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append(1, '%').append(1, digits[byte / 16]).append(1, digits[byte % 16]);
  }
  return out;
}

void check_ident(const http::target& read, http::plane_kind plane) {
  const bool named = read.what == record || read.what == sub_resource;
  const bool may_be_named = named || read.what == api_key;
  require(named ? !read.ident.empty() : may_be_named || read.ident.empty(),
          "a slug where there is none, or none where there is one");
  require(std::ranges::none_of(read.ident,
                               [](char c) {
                                 const auto byte = static_cast<unsigned char>(c);
                                 return byte < 0x20 || byte == 0x7F || c == '/' || c == '\\' || c == '%';
                               }),
          "a slug that can be read in two ways");
  require(read.ident != "." && read.ident != "..", "a slug of dots");
  std::string twice;
  require(http::percent_decode(read.ident, twice) && twice == read.ident, "decoded twice it is another slug");
  require(read.what == sub_resource ? !read.sub_resource.empty() : read.what == api_key || read.sub_resource.empty(),
          "a sub-resource");
  if (!read.exact) return;
  require(read.what == record || plane == http::plane_kind::data, "exact, and no record");
  if (read.what != record) return;
  const auto collection = std::string(records::collection_name(read.kind));
  require(same(http::classify_target("/v1/" + collection + "/" + escaped(read.ident), prefixes, plane), read),
          "escaped it is another record");
}

void check_spelling(std::string_view path, const http::target& read, http::plane_kind plane) {
  if (!path.starts_with('/')) return;
  std::string single;
  std::string doubled;
  for (const char c : path) {
    if (c != '/' || !single.ends_with('/')) single += c;
    doubled.append(c == '/' ? "//" : std::string(1, c));
  }
  for (const auto& spelling : {single, doubled, std::string(path) + "/", std::string(path) + "?x=/../%zz#\\"})
    require(same(http::classify_target(spelling, prefixes, plane), read), "slashes or the query change what it is");
}

http::target check_target(std::string_view raw, http::plane_kind plane = http::plane_kind::admin) {
  auto read = http::classify_target(raw, prefixes, plane);
  const auto path = raw.substr(0, raw.find('?'));
  if (raw != "*" && is_ambiguous(path)) require(read.what == opaque, "an ambiguous path is not opaque");
  check_ident(read, plane);
  check_spelling(path, read, plane);
  const auto generous = http::classify_target(raw, {}, plane);
  require(!generous.exact, "exact without a prefix");
  if (read.exact)
    require(generous.what == opaque ||
                (generous.what == read.what && generous.kind == read.kind && generous.ident == read.ident),
            "a write to this record would be taken for another");
  else
    require(same(generous, read), "prefixes change what is no lookup");
  return read;
}

using tags = cache::dependencies::tags;

bool meet(const tags& a, const tags& b) {
  return std::ranges::any_of(a, [&](cache_tag tag) { return std::ranges::find(b, tag) != b.end(); });
}

const cache::dependencies& table() {
  static const cache::dependencies all(siphash_key{1, 2});
  return all;
}

void check_touched(const tags& touched, const http::target& read, const records::record_facts& facts) {
  require(meet(touched, table().of_read({.kind = read.kind, .ident = read.ident})),
          "a write leaves a read under way alone");
  require(meet(touched, table().of_record({.kind = read.kind, .ident = read.ident}, facts)),
          "a write leaves the record alone");
}

/// Of a record that was asked for so; without an id.
records::record_facts facts_of(const http::target& read) {
  records::record_facts facts;
  facts.slug = http::is_uuid(read.ident) ? "slug" : read.ident;
  return facts;
}

/// Another name of a record that was asked for by its slug: its UUID.
void check_write_by_uuid(const http::target& read, const http::target& other) {
  if (!other.exact || other.kind != read.kind || !http::is_uuid(other.ident) || http::is_uuid(read.ident)) return;
  auto facts = facts_of(read);
  const auto touched = table().touched_by(http::method::del, other);
  check_touched(touched, read, facts);  // nobody knows its UUID
  facts.id = lower(other.ident);
  check_touched(touched, read, facts);
  require(
      meet(table().touched_by(http::method::del, read), table().of_read({.kind = other.kind, .ident = other.ident})),
      "a write by slug leaves a read by UUID alone");
}

void check_writes(std::string_view raw, const http::target& read) {
  if (!read.exact) return;
  const auto facts = facts_of(read);
  const std::string elsewhere = "/gateway" + std::string(raw);
  for (const auto target : {raw, std::string_view(elsewhere)}) {
    const auto written = http::classify_target(target, prefixes);
    for (const auto method : {http::method::put, http::method::del, http::method::post, http::method::other}) {
      const auto touched = table().touched_by(method, written);
      check_touched(touched, read, facts);
      require(meet(touched, table().of_negative({.kind = read.kind, .ident = read.ident})),
              "a write leaves a remembered 404 alone");
    }
    require(table().touched_by(http::method::get, written).empty(), "a read that is a write");
  }
}

void check_same_ident(const std::string& a, const std::string& b) {
  const bool uuids = http::is_uuid(a) && http::is_uuid(b);
  require(http::same_ident(a, b) == (uuids ? lower(a) == lower(b) : a == b), "two slugs or UUIDs");
  require(http::same_ident(a, b) == http::same_ident(b, a), "the same one way only");
}

/// What the key must tell apart, in a form of its own.
using identity = std::pair<std::pair<std::string, std::string>, std::map<std::string, std::vector<std::string>>>;

identity identity_of(const http::request_head& request) {
  const auto who = http::credential_of(request.fields);
  identity out{{std::string(who.authorization), std::string(who.api_key)}, {}};
  http::for_each_key_field(request.fields,
                           [&](const http::field& each) { out.second[lower(each.name)].emplace_back(each.value); });
  return out;
}

http::request_head request_for(std::string_view target, std::string_view fields) {
  http::request_head out;
  out.method = http::method::get;
  out.method_name = "GET";
  out.target = target;
  out.fields = fields_from(fields);
  return out;
}

std::string key_of(const http::request_head& request) {
  static const manual_clock clock;
  static const proxy::core core({}, clock, process_keys{});
  const auto made = proxy::plan_request(request, prefixes);
  const bool present = http::credential_of(request.fields).state == http::credential_state::present;
  require((made.what == proxy::action::lookup) == (made.target.exact && present), "a lookup, or none");
  require(made.what != proxy::action::write, "a GET that writes");
  proxy::lookup out;
  static proxy::last_partition last;  // of whatever was asked about before: it must make no difference
  core.describe(request, made, last, out);
  if (out.credential_expires)  // a JWT's
    require(*out.credential_expires >= wall_time{} &&
                *out.credential_expires < std::chrono::sys_days{std::chrono::year{12'200} / 1 / 1},
            "a credential that ends out of time");
  require(out.ident == made.target.ident && out.kind == made.target.kind, "described as another record");
  return out.key;
}

void check_keys(const http::request_head& a, const http::request_head& b) {
  const bool alike = identity_of(a) == identity_of(b);
  require((key_of(a) == key_of(b)) == (alike && a.target == b.target), "two keys");
  auto moved = a;
  moved.target = b.target;
  require((key_of(moved) == key_of(b)) == alike, "one key for two credentials or variants");
  auto sorted = a;
  std::map<std::string, std::vector<http::field>> by_name;
  for (const auto field : a.fields) by_name[lower(field.name)].push_back(field);
  sorted.fields.clear();
  for (const auto& [name, lines] : by_name)
    for (const auto& line : lines) sorted.fields.add(name, line.value);
  require(key_of(sorted) == key_of(a), "the order or case of names changes the key");
}

}  // namespace

void target_and_key(std::string_view text) {
  const auto first = cut(text, "\n");
  const auto second = cut(text, "\n");
  const auto a = check_target(first);
  const auto b = check_target(second);
  check_writes(first, a);
  const auto gateways = check_target(first, http::plane_kind::data);
  if (gateways.what == http::target_class::record) check_writes(first, gateways);
  if (a.exact) check_write_by_uuid(a, b);
  check_same_ident(a.ident, b.ident);
  const auto fields = cut(text, "--\n");
  check_keys(request_for(first, fields), request_for(second, text));
}

}  // namespace sidecache::fuzz
