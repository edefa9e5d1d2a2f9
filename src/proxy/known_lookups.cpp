// The hot path of lookups: what proxy_handler answers by a header block that it has looked at once.
//
// A stored entry under the key that block and target make is the answer to a lookup of that very target: nothing else
// is ever stored. So the target need not be classified, and where the entry is fresh and nothing is to be done beside
// handing it out, that is all. Whatever is not as simple is left to answer_now(), which decides everything anew.
#include "http/conditional.hpp"
#include "http/content_coding.hpp"
#include "http/head_block.hpp"
#include "proxy/cache_status.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/known_client.hpp"
#include "proxy/lookup_answers.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::proxy {
namespace {

bool wishes_anything(const client_terms& terms) {
  return terms.no_cache || terms.no_store || terms.only_if_cached || terms.max_age || terms.min_fresh ||
         terms.max_stale || terms.stale_if_error;
}

/// Whether it needs no more than a stored answer, whatever If-None-Match says.
bool is_simple(const http::request_head& request) {
  return request.method == http::method::get && request.version == 11 && request.keep_alive &&
         request.body == http::framing::none && !request.expect_continue &&
         !request.fields.contains("if-modified-since") && request.fields.count("if-none-match") <= 1;
}

bool has_it_already(std::string_view if_none_match, const cache::entry& e) {
  return !if_none_match.empty() && e.what == cache::entry_class::record && e.status == 200 &&
         http::only_if_none_match_names(if_none_match, e.etag());
}

}  // namespace

std::shared_ptr<const known_block> proxy_handler::recognise(const http::request_head& request) {
  if (!is_simple(request) || http::credential_of(request.fields).state != http::credential_state::present)
    return nullptr;
  const bool wishes = wishes_anything(read_client_terms(request.fields, true));
  if (wishes && core_.config().client_directives) return nullptr;
  if (answer_instead(request, core_.pseudonym(), http::route::other)) return nullptr;
  auto made = std::make_shared<known_client>();
  last_partition of_nobody;
  core_.begin_lookup(request.fields, of_nobody, made->begun);
  made->hash = core_.hash_of(made->begun.key);
  made->has_wishes = wishes;
  made->passed = passed_lines::of(request, passed_request(request, core_, {}, http::route::other).fields);
  made->accepts_gzip = http::accepts_gzip(request.fields);
  if (!request.fields.contains("if-none-match"))
    made->looked_up = passed_lines::of(request, lookup_request(request, core_, http::route::other).fields);
  return made;
}

void proxy_handler::describe(const http::request_head& request, const plan& made, const known_block* by, lookup& out) {
  if (by != nullptr) {
    out = static_cast<const known_client*>(by)->begun;
    core::end_lookup(request.target, made, out);
  } else {
    core_.describe(request, made, last_partition_, out);
  }
}

bool proxy_handler::answer_known(std::string_view target, const known_block& by, std::string_view if_none_match,
                                 mono_time at, answer& out) {
  if (!core_.answers_from_memory()) return false;
  const auto& who = static_cast<const known_client&>(by);
  if (who.has_wishes && core_.config().client_directives) return false;
  scratch_.key.assign(who.begun.key).append(target);
  const instant now = core_.now_by(at);
  entry_ptr found = core_.look_for_hit(scratch_.key, who.hash.with(target), now);
  if (!found) return false;  // from here on it counts as used: whoever else answered would count it again
  const cache::entry& e = *found;
  out.report = {e.what == cache::entry_class::negative ? outcome::negative_hit : outcome::hit, http::route_of(e.kind)};
  out.dated = e.dated;
  if (has_it_already(if_none_match, e)) {
    set_not_modified(e, out);
  } else {
    out.status = e.status;
    out.head = e.head;
    out.body = e.bytes();
  }
  append_hit(out.extra, e, now, {});
  out.owner = std::move(found);
  return true;
}

}  // namespace sidecache::proxy
