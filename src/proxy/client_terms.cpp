#include "proxy/client_terms.hpp"

#include "base/text.hpp"
#include "http/cache_control.hpp"
#include "proxy/cache_status.hpp"

namespace sidecache::proxy {
namespace {

/// For how long it has not been fresh; negative while it is.
duration staleness(const cache::entry& e, instant now) {
  const duration by_ttl = now.mono - e.fresh_until;
  return e.soft_deadline == cache::no_deadline ? by_ttl : std::max<duration>(by_ttl, now.wall - e.soft_deadline);
}

}  // namespace

client_terms read_client_terms(const http::fields& request, bool honour) {
  client_terms terms;
  bool directives = false;
  for (const auto& [name, value] : request) {
    if (name.size() == 13) {
      directives = directives || equal_ignoring_case(name, "cache-control");
      terms.conditional = terms.conditional || equal_ignoring_case(name, "if-none-match");
    } else if (name.size() == 17) {
      terms.conditional = terms.conditional || equal_ignoring_case(name, "if-modified-since");
    } else if (name.size() == 6) {
      directives = directives || equal_ignoring_case(name, "pragma");
    }
  }
  if (!directives || !honour) return terms;
  const http::request_directives said = http::read_request_directives(request);
  terms.no_cache = said.no_cache;
  terms.no_store = said.no_store;
  terms.only_if_cached = said.only_if_cached;
  terms.max_age = said.max_age;
  terms.min_fresh = said.min_fresh;
  terms.max_stale = said.max_stale;
  terms.stale_if_error = said.stale_if_error;
  return terms;
}

bool accepts(const client_terms& terms, const cache::entry& e, cache::usability use, instant now) {
  if (terms.no_cache) return false;
  if (terms.max_age && age_of(e, now) > *terms.max_age) return false;
  // RFC 9111 §5.2.1.1: without max-stale, max-age asks for one that is not stale either.
  if (use == cache::usability::revalidate && (terms.max_age || terms.min_fresh))
    return !terms.min_fresh && terms.max_stale && staleness(e, now) <= *terms.max_stale;
  return !terms.min_fresh || -staleness(e, now) >= *terms.min_fresh;
}

bool accepts_stale(const client_terms& terms, const cache::entry& e, cache::usability use, instant now) {
  if (use != cache::usability::on_error || !terms.max_stale || terms.no_cache || terms.min_fresh) return false;
  return staleness(e, now) <= *terms.max_stale && !(terms.max_age && age_of(e, now) > *terms.max_age);
}

bool accepts_on_error(const client_terms& terms, const cache::entry& e, instant now) {
  return !terms.stale_if_error || staleness(e, now) <= *terms.stale_if_error;
}

}  // namespace sidecache::proxy
