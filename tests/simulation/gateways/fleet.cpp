#include "simulation/gateways/fleet.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::simulation::gateways {
namespace {

constexpr duration kept_in_process = 30s;
constexpr duration kept_in_store = 7 * 24h;
constexpr std::uint32_t api_keys = 3;

std::string key_named(std::uint32_t number) { return "key-" + std::to_string(number); }

}  // namespace

fleet::fleet(stage& on, const truth& of, std::vector<std::unique_ptr<sidecache_process>>& by, const topology& where,
             const habits& how, std::uint64_t seed)
    : stage_(on),
      truth_(of),
      sidecaches_(by),
      where_(where),
      how_(how),
      chance_(seed),
      pods_(where.pods),
      store_(of.records()),
      named_(of.records(), mono_time::min()),
      seen_(where.sidecaches) {
  for (std::uint32_t i = 0; i < where_.pods; ++i) {
    pods_[i].sidecache = where_.sidecaches == where_.pods ? i : any_sidecache();
    pods_[i].own.resize(of.records());
  }
  syncs_by_ = pods_[0].sidecache;
}

void fleet::begin() {
  const bool moves = where_.sidecaches > 1 && where_.sidecaches < where_.pods;
  for (std::uint32_t i = 0; i < where_.pods; ++i) {
    stage_.after(about(how_.request_every, chance_), [this, i] { serve_a_request(i); });
    if (moves) stage_.after(about(how_.moves_every, chance_), [this, i] { move(i); });
  }
  if (moves) stage_.after(about(how_.moves_every, chance_), [this] { move(where_.pods); });
  stage_.after(about(how_.store_loses_every, chance_), [this] { lose_an_entry(); });
  stage_.after(between(1s, sync_interval, chance_), [this] { sync(); });
}

void fleet::begin_cold() {
  for (pod& each : pods_) std::ranges::fill(each.own, own_copy{});
  std::ranges::fill(store_, std::nullopt);
}

void fleet::warm_up(duration within) {
  for (std::uint32_t at = 0; at < where_.sidecaches; ++at) {
    for (std::uint32_t key = 0; key < api_keys; ++key) {
      for (record_number r = 0; r < truth_.records(); ++r)
        stage_.after(between(0s, within, chance_), [this, at, r, key] {
          const pin begun{.asked = stage_.now().mono, .sidecache = at};
          const std::string seen_as = key_named(key) + target_of(r);
          under_way_.push_back(r);
          sidecaches_[at]->ask(target_of(r), key_named(key), [this, r, begun, seen_as](const tests::received& got) {
            answered(0, r, seen_as, begun, got);
          });
        });
    }
  }
}

void fleet::serve_a_request(std::uint32_t who) {
  stage_.after(about(how_.request_every, chance_), [this, who] { serve_a_request(who); });
  const std::uint32_t key = chance_.below(api_keys);
  const std::uint32_t needed = 1 + chance_.below(3);
  for (std::uint32_t i = 0; i < needed; ++i) need(who, chance_.below(truth_.records()), key);
}

void fleet::need(std::uint32_t who, record_number r, std::uint32_t key) {
  const mono_time now = stage_.now().mono;
  pod& by = pods_[who];
  if (now < by.own[r].until) return;
  std::optional<pin>& shared = store_[r];
  if (shared && now - shared->written >= kept_in_store) shared.reset();
  if (shared) return keep(by, r, shared->version);
  look_up(who, r, key);
}

void fleet::look_up(std::uint32_t who, record_number r, std::uint32_t key) {
  const std::uint32_t at = pods_[who].sidecache;
  const std::string target = target_of(r);
  const std::string api_key = key_named(key);
  under_way_.push_back(r);
  const pin begun{.asked = stage_.now().mono, .sidecache = at};
  sidecaches_[at]->ask(target, api_key, [this, who, r, begun, seen_as = api_key + target](const tests::received& got) {
    answered(who, r, seen_as, begun, got);
  });
}

void fleet::answered(std::uint32_t who, record_number r, const std::string& seen_as, pin made,
                     const tests::received& got) {
  ++counts_.asked;
  under_way_.erase(std::ranges::find(under_way_, r));
  auto& seen = seen_[made.sidecache];
  const auto version = version_in(got.body);
  if (got.status != 200 || !version) {
    ++counts_.failed;
    const auto before = seen.find(seen_as);
    const bool known = before != seen.end() && before->second.version == truth_.version(r) &&
                       before->second.asked > sidecaches_[made.sidecache]->upstream().last_named(r);
    if (known) note_loss(r, made, before->second, got);
    return;
  }
  seen[seen_as] = {*version, made.asked};
  counts_.stale += got.outcome == outcome::stale_error ? 1 : 0;
  made.number = ++pins_;
  made.version = *version;
  made.written = stage_.now().mono;
  made.how = got.outcome;
  store_[r] = made;
  keep(pods_[who], r, *version);
}

void fleet::note_loss(record_number r, const pin& made, const seen_answer& before, const tests::received& got) {
  ++counts_.lost;
  if (losses_.size() >= 10) return;
  losses_.push_back(
      fmt::format("r{}: {} at {:.3f}, asked for at {:.3f}, of sidecache {}, which was asked at {:.3f}: {}", r,
                  got.status, seconds_of(stage_.now().mono), seconds_of(made.asked), made.sidecache,
                  seconds_of(before.asked), got.cache_status()));
}

void fleet::keep(pod& by, record_number r, std::uint32_t version) {
  by.own[r] = {version, stage_.now().mono + kept_in_process};
}

/// To another sidecache, or the same: what a balancer does with a new connection.
void fleet::move(std::uint32_t who) {
  stage_.after(about(how_.moves_every, chance_), [this, who] { move(who); });
  (who < where_.pods ? pods_[who].sidecache : syncs_by_) = any_sidecache();
}

void fleet::lose_an_entry() {
  stage_.after(about(how_.store_loses_every, chance_), [this] { lose_an_entry(); });
  store_[chance_.below(truth_.records())].reset();
}

void fleet::sync() {
  const mono_time begun = stage_.now().mono;
  const std::string path = "/v1/organisation/org/sync/1?version=1&identifier=gateways";
  sidecaches_[syncs_by_]->ask(path, key_named(0), [this, begun](const tests::received& got) {
    const mono_time now = stage_.now().mono;
    stage_.at(std::max(now, begun + sync_interval), [this] { sync(); });
    if (got.status != 200) return;
    ++counts_.syncs;
    for (const record_number r : named_by(got.body)) {
      if (r >= store_.size()) continue;
      store_[r].reset();
      pods_[0].own[r] = {};
      named_[r] = now;
    }
  });
}

}  // namespace sidecache::simulation::gateways
