#include "proxy/entry_maker.hpp"

#include <algorithm>

#include "http/conditional.hpp"
#include "http/header_rules.hpp"

namespace sidecache::proxy {
namespace {

std::string head_of(unsigned status, std::string_view reason, const http::fields& fields) {
  std::string head = "HTTP/1.1 " + std::to_string(status) + " ";
  head.append(reason.empty() ? http::reason_phrase(status) : reason).append("\r\n");
  fields.serialize(head);
  head.shrink_to_fit();
  return head;
}

/// The fields of a head that head_of() wrote.
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
  made->stored_at = made->fresh_until = made->revalidate_until = made->usable_until = now.mono;
  return made;
}

/// `now + by`, where a setting may be as long as it likes.
mono_time later(mono_time now, duration by) { return by > mono_time::max() - now ? mono_time::max() : now + by; }

void limit(cache::entry& made, const lifetime& life, const http::origin_freshness& origin, instant now) {
  made.stored_at = now.mono;
  made.fresh_until = later(now.mono, life.fresh);
  made.revalidate_until = later(made.fresh_until, life.revalidate);
  made.usable_until = std::max(made.revalidate_until, later(now.mono, life.on_error));
  made.soft_deadline = life.soft_deadline;
  made.hard_deadline = life.hard_deadline;
  made.inactive = life.inactive;
  made.initial_age = origin.initial_age;
}

std::shared_ptr<cache::entry> make_stored(const lookup& of, const upstream_answer& answer, const lifetime& life,
                                          const http::origin_freshness& origin, std::uint64_t asked, instant now) {
  auto made = begin_entry(of, asked, now);
  limit(*made, life, origin, now);
  made->status = answer.head.status;
  const http::fields kept = http::stored_fields(answer.head.fields);
  made->head = head_of(answer.head.status, answer.head.reason, kept);
  made->body = std::make_shared<const std::string>(answer.body);
  made->etag = kept.find("etag").value_or("");
  made->last_modified = kept.find("last-modified").value_or("");
  return made;
}

}  // namespace

entry_ptr make_record(const lookup& of, const upstream_answer& answer, const lifetime& life,
                      const http::origin_freshness& origin, std::uint64_t asked, instant now) {
  return make_stored(of, answer, life, origin, asked, now);
}

entry_ptr make_denial(const lookup& of, const upstream_answer& answer, const lifetime& life,
                      const http::origin_freshness& origin, std::uint64_t asked, instant now) {
  auto made = make_stored(of, answer, life, origin, asked, now);
  made->what = cache::entry_class::negative;
  return made;
}

entry_ptr make_confirmed(const cache::entry& confirmed, const upstream_answer& answer, const lifetime& life,
                         const http::origin_freshness& origin, std::uint64_t asked, instant now) {
  http::fields merged = fields_of(confirmed.head);
  if (!http::refresh_stored_fields(merged, answer.head.fields)) return nullptr;
  auto made = std::make_shared<cache::entry>(confirmed);
  made->asked = asked;
  limit(*made, life, origin, now);
  made->head = head_of(confirmed.status, http::reason_phrase(confirmed.status), merged);
  made->etag = merged.find("etag").value_or("");
  made->last_modified = merged.find("last-modified").value_or("");
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
  made->head = head_of(answer.head.status, answer.head.reason, kept);
  made->body = std::make_shared<const std::string>(answer.body);
  return made;
}

entry_ptr make_marker(const lookup& of, std::uint64_t asked, instant now) {
  auto made = begin_entry(of, asked, now);
  made->what = cache::entry_class::marker;
  made->fresh_until = made->revalidate_until = made->usable_until = now.mono + marker_ttl;
  return made;
}

}  // namespace sidecache::proxy
