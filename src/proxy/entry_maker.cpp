#include "proxy/entry_maker.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"
#include "http/conditional.hpp"
#include "http/header_rules.hpp"

namespace sidecache::proxy {
namespace {

std::string status_line(unsigned status, std::string_view reason) {
  std::string line = "HTTP/1.1 " + std::to_string(status) + " ";
  line.append(reason.empty() ? http::reason_phrase(status) : reason).append("\r\n");
  return line;
}

/// Says where in the head the value stands.
cache::entry::text_in_head append_line(std::string& head, const http::field& each) {
  head.append(each.name).append(": ");
  const auto begin = static_cast<std::uint32_t>(head.size());
  head.append(each.value).append("\r\n");
  return {begin, static_cast<std::uint32_t>(each.value.size())};
}

/// The fields that a 304 has too, or those that it has not. Of each name the first counts.
void append_fields(cache::entry& made, const http::fields& fields, bool of_304) {
  for (const auto& each : fields) {
    if (http::belongs_to_304(each.name) != of_304) continue;
    const auto at = append_line(made.head, each);
    if (made.etag_at.begin == 0 && equal_ignoring_case(each.name, "etag")) made.etag_at = at;
    if (made.last_modified_at.begin == 0 && equal_ignoring_case(each.name, "last-modified")) made.last_modified_at = at;
  }
}

/// The head of a stored answer; what a 304 has too stands last, so that the one is a part of the other. `fields` get an
/// entity tag where they have none that can be relied on.
void write_head(cache::entry& made, std::string_view reason, http::fields& fields) {
  made.own_etag = made.status == 200 && !http::is_entity_tag(fields.find("etag").value_or(""));
  if (made.own_etag) fields.set("ETag", http::strong_etag(made.bytes()));
  made.dated = fields.contains("date");
  made.etag_at = made.last_modified_at = {};
  made.head = status_line(made.status, reason);
  made.head.reserve(512);  // shrunk when it is written
  append_fields(made, fields, false);
  made.fields_of_304 = static_cast<std::uint32_t>(made.head.size());
  append_fields(made, fields, true);
  made.head.shrink_to_fit();
}

/// The fields of a head that write_head() wrote.
http::fields fields_of(std::string_view head) {
  http::fields parsed;
  for (head.remove_prefix(head.find("\r\n") + 2); !head.empty();) {
    const auto end = head.find("\r\n");
    const auto colon = head.find(": ");
    parsed.add(head.substr(0, colon), head.substr(colon + 2, end - colon - 2));
    head.remove_prefix(end + 2);
  }
  return parsed;
}

std::shared_ptr<cache::entry> begin_entry(const lookup& of, std::uint64_t asked, instant now) {
  auto made = std::make_shared<cache::entry>();
  made->kind = of.kind;
  made->ident = of.ident;
  made->asked = asked;
  made->stored_at = made->fresh_until = made->revalidate_until = made->usable_until = made->error_until = now.mono;
  return made;
}

/// `now + by`, where a setting may be as long as it likes.
mono_time later(mono_time now, duration by) { return by > mono_time::max() - now ? mono_time::max() : now + by; }

void limit(cache::entry& made, const lifetime& life, const http::origin_freshness& origin, instant now) {
  made.stored_at = now.mono;
  made.fresh_until = later(now.mono, life.fresh);
  made.revalidate_until = later(made.fresh_until, life.revalidate);
  made.error_until = later(now.mono, life.on_error);
  made.usable_until = std::max(made.revalidate_until, made.error_until);
  made.soft_deadline = life.soft_deadline;
  made.hard_deadline = life.hard_deadline;
  made.inactive = life.inactive;
  made.initial_age = origin.initial_age;
}

std::shared_ptr<cache::entry> make_stored(const lookup& of, const upstream_answer& answer, const lifetime& life,
                                          const http::origin_freshness& origin, std::uint64_t asked, instant now,
                                          cache::bodies::copy_ptr body) {
  auto made = begin_entry(of, asked, now);
  limit(*made, life, origin, now);
  made->status = answer.head.status;
  made->body = std::move(body);
  http::fields kept = http::stored_fields(answer.head.fields);
  write_head(*made, answer.head.reason, kept);
  return made;
}

/// Whatever a flood can make at will has a share of its own.
cache_rank rank_of(const cache::entry& e) {
  if (e.what != cache::entry_class::record) return cache_rank::minor;
  return e.inactive ? cache_rank::expendable : cache_rank::regular;
}

}  // namespace

entry_ptr make_record(const lookup& of, const upstream_answer& answer, const lifetime& life,
                      const http::origin_freshness& origin, std::uint64_t asked, instant now, cache::bodies& known) {
  return make_stored(of, answer, life, origin, asked, now, known.share(answer.body));
}

entry_ptr make_denial(const lookup& of, const upstream_answer& answer, const lifetime& life,
                      const http::origin_freshness& origin, std::uint64_t asked, instant now) {
  auto made = make_stored(of, answer, life, origin, asked, now, cache::bodies::copy::of_one(answer.body));
  made->what = cache::entry_class::negative;
  return made;
}

http::fields confirmed_fields(const cache::entry& confirmed, const http::fields& not_modified) {
  http::fields out = not_modified;
  for (const auto& [name, value] : fields_of(confirmed.head))
    if (!not_modified.contains(name) && !equal_ignoring_case(name, "date")) out.add(name, value);
  return out;
}

entry_ptr make_confirmed(const cache::entry& confirmed, const upstream_answer& answer, const lifetime& life,
                         const http::origin_freshness& origin, std::uint64_t asked, instant now) {
  http::fields merged = fields_of(confirmed.head);
  if (confirmed.own_etag) merged.erase("etag");
  if (!http::refresh_stored_fields(merged, answer.head.fields)) return nullptr;
  auto made = std::make_shared<cache::entry>(confirmed);
  made->asked = asked;
  limit(*made, life, origin, now);
  write_head(*made, {}, merged);
  return made;
}

entry_ptr make_unstored(const lookup& of, const upstream_answer& answer, std::uint64_t asked, instant now) {
  auto made = begin_entry(of, asked, now);
  made->what = cache::entry_class::unstored;
  made->status = answer.head.status;
  http::fields kept = answer.head.fields;
  http::erase_hop_by_hop(kept);
  kept.erase("content-length");
  kept.erase("set-cookie");
  made->head = status_line(answer.head.status, answer.head.reason);
  kept.serialize(made->head);
  made->body = cache::bodies::copy::of_one(answer.body);
  return made;
}

entry_ptr make_marker(const lookup& of, std::uint64_t asked, instant now) {
  auto made = begin_entry(of, asked, now);
  made->what = cache::entry_class::marker;
  made->fresh_until = made->revalidate_until = made->usable_until = now.mono + marker_ttl;
  return made;
}

cache_terms terms_of(const cache::entry& made, const digest128& partition, std::span<const cache_tag> tags) {
  cache_terms terms{.cost = made.cost(),
                    .shared = made.shared_cost(),
                    .until = made.usable_until,
                    .rank = rank_of(made),
                    .category = static_cast<std::uint8_t>(http::route_of(made.kind)),
                    .tags = tags};
  std::memcpy(&terms.owner, partition.data(), sizeof(terms.owner));  // half of the digest is name enough
  return terms;
}

}  // namespace sidecache::proxy
