// The part of core that is the data plane's own: sync that passes, what may be fresh because of it, and what gateways
// were told while the control plane was gone.
#include <spdlog/spdlog.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "proxy/core.hpp"
#include "proxy/healed_sync.hpp"
#include "proxy/sync_answer.hpp"
#include "records/json_document.hpp"

namespace sidecache::proxy {
namespace {

/// Of a list that was served stale: as many of its records are named.
constexpr std::size_t most_listed = 1000;

/// The slugs of a list's records.
std::vector<std::string> listed_slugs(std::string_view body) {
  std::vector<std::string> out;
  const auto outer = members_of(body);
  if (!outer) return out;
  const auto data = std::ranges::find(*outer, "data", &json_member::name);
  if (data == outer->end()) return out;
  const auto document = records::json_document::index(data->value);
  if (!document) return out;
  records::json_cursor at = document->cursor();
  at.elements([&] {
    at.members([&](std::string_view name) {
      if (name != "slug" || out.size() >= most_listed) return at.skip();
      if (const auto slug = at.text()) out.emplace_back(*slug);
    });
  });
  return out;
}

/// The organisation is the one that its query names.
tenant tenant_of(const lookup& of) {
  return {.organisation = http::query_value(of.target(), "organisation_id"), .client = of.client};
}

}  // namespace

cache::subject core::subject_of(const lookup& of) {
  return {.kind = of.kind, .ident = of.ident, .partition = of.partition, .whose = proxy::tenant_of(of)};
}

tenant core::tenant_of(const http::fields& request, std::string_view organisation) const {
  return {.organisation = std::string(organisation), .client = client_of(http::credential_of(request).authorization)};
}

asking_terms core::asking_terms_of(const lookup& of) const {
  using records::kind;
  const settings& now = config();
  asking_terms made{.freshness = now.freshness_of(of.kind, of.ident), .cdn_cache_control = now.cdn_cache_control};
  if (!is_data_plane()) return made;
  if (of.kind == kind::api_key) made.freshness.ttl = std::min(made.freshness.ttl, own_key_ttl);
  if (of.kind == kind::api_key || of.kind == kind::virtual_key)
    made.freshness.stale_if_error = std::min(made.freshness.stale_if_error, now.key_stale_if_error);
  return made;
}

/// What the settings allow, and on the data plane no longer than sync makes it safe. The origin's headers may shorten
/// that, never lengthen it: a max-age knows nothing of gateways that keep what they get for a week.
freshness_settings core::freshness_of(const attempt& asked, instant now) const {
  freshness_settings allowed = asking_terms_of(asked.of).freshness;
  if (asked.held) allowed = tighter(allowed, asked.held->freshness);
  if (!is_data_plane()) return allowed;
  const tenant whose{.organisation = http::query_value(asked.of.target(), "organisation_id"),
                     .client = asked.of.client};
  const auto sent = replica_->heard.last(whose, now.mono - 20 * config().sync.interval);
  const duration left = sent ? *sent + config().sync.interval - now.mono : duration{};
  allowed.ttl = std::min(allowed.ttl, std::max(left, config().sync.unheard_ttl));
  allowed.inactive_ttl = std::min(allowed.ttl, allowed.inactive_ttl);
  if (allowed.rule == freshness_rule::origin) allowed.rule = freshness_rule::shortest;
  return allowed;
}

cache::dependencies::tags core::touched_by_resync(std::string_view body, const tenant& whose) const {
  const auto named = read_changes(body);
  if (!named || named->everything || named->items.empty()) return dependencies_.of_tenant(whose);
  return dependencies_.touched_by(*named);
}

bool core::settle_sync(const tenant& whose, const std::string& identifier, instant sent,
                       const std::expected<upstream_answer, failure>& came) {
  const sync_result what = forget_named(whose, came);
  if (what == sync_result::lost) replica_->heard.lost(whose);
  if (what == sync_result::read) replica_->heard.heard(whose, identifier, sent.mono);
  if (what == sync_result::lost || what == sync_result::unsent) note_trouble();
  return what == sync_result::read && config().sync.heal;
}

core::healed_sync core::heal_sync(const tenant& whose, std::string body, std::vector<sync_addition> of_peers) {
  const instant now = clock_.now();
  auto more = replica_->stale.to_name(whose, now.mono, healing_reach());
  replica_->stale.repeat(whose, named_in(body), now.mono);
  if (!of_peers.empty()) {
    const std::set<sync_addition> own(more.all.begin(), more.all.end());
    const std::set<sync_addition> others(std::make_move_iterator(of_peers.begin()),
                                         std::make_move_iterator(of_peers.end()));
    std::ranges::set_difference(others, own, std::back_inserter(more.all));
  }
  auto healed = with_added(body, more.all);
  if (!healed) return {std::move(body), std::nullopt};
  return {*std::move(healed), more.as_of};
}

peer_answer core::tell_peer(const peer_question& asked) const { return replica_->tell(asked, clock_.now().mono); }

void core::settle_own_sync(const tenant& whose, const std::expected<upstream_answer, failure>& came) {
  const sync_result what = forget_named(whose, came);
  if (what == sync_result::lost || what == sync_result::unsent) note_trouble();
  if (what != sync_result::read || !config().sync.heal) return;
  replica_->polls.store(true, std::memory_order_relaxed);
  replica_->stale.repeat(whose, named_in(came->body), clock_.now().mono);
}

/// Three intervals: a failed sync is the last trouble that is seen for sure, up to one before the outage's end; lookups
/// that were under way then, and breakers, keep stale answers going for one more; and the sync that names what they
/// gave comes within the third. Where processes ask for sync themselves, each has heard of a name as many intervals
/// later, or is in trouble.
stale_served::reach core::healing_reach() const {
  const duration span = 3 * config().sync.interval;
  const bool polls = replica_->polls.load(std::memory_order_relaxed);
  return {.span = span,
          .quiet = config().sync.interval / 3,
          .unheard_for = polls ? span : duration(longest_stale_.load(std::memory_order_relaxed))};
}

void core::note_trouble() {
  if (replica_->heals.load(std::memory_order_relaxed)) replica_->stale.troubled(clock_.now().mono, healing_reach());
}

sync_result core::forget_named(const tenant& whose, const std::expected<upstream_answer, failure>& came) {
  sync_result what = sync_result::read;
  std::expected<cache::changes, std::string> named;
  if (!came) {
    what = came.error().sent ? sync_result::lost : sync_result::unsent;
    named = std::unexpected(came.error().detail);
  } else if (came->head.status >= 400 && came->head.status < 500) {
    what = sync_result::refused;
  } else if (came->head.status != 200) {
    named = std::unexpected("status " + std::to_string(came->head.status));
  } else {
    named = read_changes(came->body);
  }
  if (what == sync_result::read && !named) what = sync_result::lost;
  syncs_[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
  if (what == sync_result::lost) lose_sync(whose, named.error());
  if (what == sync_result::read) {
    forget(*named, whose);
  }
  return what;
}

void core::sync_handed_on(const tenant& whose, std::uint64_t told_to) {
  if (config().sync.heal) replica_->stale.named(whose, told_to);
}

/// What was named is dropped. What can't be told is to be revalidated, and stands in during an outage.
void core::forget(const cache::changes& named, const tenant& whose) {
  const auto touched = dependencies_.touched_by(named);
  if (!touched.empty()) replica_->end_write(touched, true, invalidation_source::sync);
  if (named.everything) replica_->end_write(dependencies_.of_tenant(whose), false, invalidation_source::sync);
  if (!touched.empty() || named.everything) tenure_.wrote();
}

/// It was handed out, and nobody has it: whatever it named is unknown.
void core::lose_sync(const tenant& whose, std::string_view why) {
  spdlog::warn("sync of an organisation was lost, its records are revalidated before use: {}", why);
  replica_->end_write(dependencies_.of_tenant(whose), false, invalidation_source::sync);
  tenure_.wrote();
}

void core::note_stale(const lookup& of, instant now) {
  if (!is_data_plane()) return;
  note_trouble();
  const auto found = store_.find(of.key, now.mono);
  if (!found || !found.value->body) return;
  const auto facts = records::extract_facts(of.kind, found.value->bytes());
  if (!facts) return;
  tenant whose = proxy::tenant_of(of);
  if (whose.organisation.empty()) whose.organisation = facts->organisation_id;
  sync_addition what{.of = cache::family_of(of.kind),
                     .ident = of.kind == records::kind::api_key ? facts->id : of.ident.substr(0, of.ident.find('@')),
                     .workspace_id = http::query_value(of.target(), "workspace_id")};
  if (what.workspace_id.empty()) what.workspace_id = facts->workspace_id;
  if (of.kind == records::kind::integration_list) {
    for (std::string& slug : listed_slugs(found.value->bytes())) {
      what.ident = std::move(slug);
      replica_->stale.note(whose, what, now);
    }
    return;
  }
  if (!what.ident.empty()) replica_->stale.note(whose, what, now);
  // Asked for by its UUID, it may have been kept by its slug.
  if (!facts->slug.empty() && facts->slug != what.ident) {
    what.ident = facts->slug;
    replica_->stale.note(whose, what, now);
  }
}

}  // namespace sidecache::proxy
