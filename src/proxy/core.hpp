// The part of the proxy that all threads share: what is stored, what is under way, what was overtaken. No I/O: it is
// told what a client asked and what the control plane answered, and says what to do. The simulation drives it directly.
//
// A lookup's life:   look() -> [fresh: serve] -> board() -> one caller fetches -> settle() -> every waiter: look/serve
// A write's life:    begin_write() -> the answer's status -> write_permit::settle(), before the answer is handed on
//
// Settings may change: they are one immutable object at a time, and who changes them keeps the one before until nobody
// can be at it any more. So a reference to them is never kept across a wait. What is under way at a change is judged by
// the tighter of what held when it was asked for and what holds now.
//
// Threads: every function from any thread. Must outlive every permit it gave out, so it is destroyed after the threads
// that run coroutines have ended; close() first, while their executors still exist (see flights::close).
#pragma once

#include <atomic>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "base/digest.hpp"
#include "cache/asked_keys.hpp"
#include "cache/credential_states.hpp"
#include "cache/dependencies.hpp"
#include "http/header_rules.hpp"
#include "proxy/coverage.hpp"
#include "proxy/drill.hpp"
#include "proxy/last_partition.hpp"
#include "proxy/lookup.hpp"
#include "proxy/peers.hpp"
#include "proxy/plan.hpp"
#include "proxy/refresh_ahead.hpp"
#include "proxy/replica.hpp"
#include "proxy/settings.hpp"
#include "proxy/shadow.hpp"
#include "proxy/tenure.hpp"
#include "proxy/write_permit.hpp"
#include "sidecache/ttl_lru_cache.hpp"

namespace sidecache::proxy {

constexpr std::array<std::string_view, 3> invalidation_source_names{"write", "purge", "sync"};

/// What became of a sync that passed, or of one of this process's own.
enum class sync_result : std::uint8_t {
  read,     ///< and what it named dropped
  lost,     ///< it failed after it was sent, or could not be read
  refused,  ///< 4xx: nothing was handed out
  unsent,   ///< it never got there
};
constexpr std::array<std::string_view, 4> sync_result_names{"read", "lost", "refused", "unsent"};

class core {
 public:
  /// `with`: the other planes of the process, made with the same keys; without it, it is alone.
  core(settings s, const clock& time, const process_keys& keys, tenure seat = {}, std::shared_ptr<replica> with = {});
  core(const core&) = delete;
  core& operator=(const core&) = delete;
  ~core();

  /// `made.what` must be action::lookup. `last`: of the caller's thread.
  void describe(const http::request_head& request, const plan& made, last_partition& last, lookup& out) const {
    begin_lookup(request.fields, last, out);
    end_lookup(request.target, made, out);
  }
  /// The same in two steps: what depends on the header fields alone, with the beginning of the key, and the rest.
  void begin_lookup(const http::fields& request, last_partition& last, lookup& out) const;
  static void end_lookup(std::string_view target, const plan& made, lookup& out);
  /// Of the beginning of a key.
  [[nodiscard]] siphash_prefix hash_of(std::string_view key) const { return {table_key_, key}; }

  /// This process's cache counts no more: whatever is asked now has to be passed on.
  [[nodiscard]] bool succeeded() const { return !tenure_.holds(); }

  /// What may be served now: nothing, once succeeded. A denial that is being collapsed stands in for a locked entry.
  [[nodiscard]] seen look(const lookup& of, instant now);

  /// The entry under a whole key with this hash, if all there is to do is to hand it out: it is fresh, and need not be
  /// fetched ahead. Null else, and then look() says more; nothing was counted as a use.
  [[nodiscard]] entry_ptr look_for_hit(std::string_view key, std::uint64_t hash, instant now);

  [[nodiscard]] record_flights::boarded board(const lookup& of);

  /// A flight of one's own, which nobody else can board, and whose end leaves no trace in the cache.
  [[nodiscard]] record_flights::boarded board_alone(const lookup& of);

  /// What shadow asks of a lookup that begins now: whether what differs at its end may have been changed in between.
  struct read_mark {
    cache::dependencies::tags depends_on;
    std::uint64_t asked = 0;
    bool writing = false;  ///< a write was under way already
  };
  [[nodiscard]] read_mark mark_read(const lookup& of) const;
  [[nodiscard]] bool is_overtaken(const read_mark& since) const;
  [[nodiscard]] shadow_book& shadow() { return shadow_; }
  [[nodiscard]] const shadow_book& shadow() const { return shadow_; }

  /// Whether this hit is to fetch the entry anew ahead of its end (refresh_ahead.hpp): true at most once for each that
  /// is stored.
  [[nodiscard]] bool claims_refresh(const lookup& of, const seen& found, instant now);

  /// Whether a client's wish for a confirmed answer may go upstream now: for each key once in
  /// settings::revalidation_interval. `revalidates` takes note that it does.
  [[nodiscard]] bool may_revalidate(const lookup& of, instant now) const;
  void revalidates(const lookup& of, instant now);

  /// The upstream request's validator: of an entry that may be confirmed by a 304. Null if there is none.
  [[nodiscard]] entry_ptr to_confirm(const lookup& of, instant now);

  [[nodiscard]] asking_terms asking_terms_of(const lookup& of) const;

  /// What came for a flight, and how it had been asked for.
  struct attempt {
    const record_flights::flight& flight;
    const lookup& of;
    entry_ptr confirming;  ///< whose validator was sent; null if none was
    instant sent;
    bool may_store = true;                  ///< false: the client that it is fetched for said no-store
    std::optional<asking_terms> held = {};  ///< what asking_terms_of() said then; nothing: what it says now
  };
  /// Judges it, stores what may be stored, and says what everybody gets.
  [[nodiscard]] landing_ptr settle(const attempt& asked, const std::expected<upstream_answer, failure>& came);

  /// When this credential's lookups may go upstream again, if they are paused.
  [[nodiscard]] std::optional<mono_time> paused_until(const lookup& of, instant now) const {
    return credentials_.paused_until(of.partition, now.mono);
  }

  /// Whether the control plane takes longer than settings::stale_after: who has a stale entry need not wait to find
  /// that out again. True from the first who waited in vain until an answer came within that time.
  [[nodiscard]] bool is_slow() const { return slow_.load(std::memory_order_relaxed); }
  void noticed_slow() { slow_.store(true, std::memory_order_relaxed); }

  /// What an outage that begins now would find. Goes through everything that is stored: for admin and scrapes.
  [[nodiscard]] coverage coverage_at(instant now) const;
  [[nodiscard]] proxy::drill& drill() { return drill_; }
  [[nodiscard]] const proxy::drill& drill() const { return drill_; }

  [[nodiscard]] write_permit begin_write(const http::request_head& request, const plan& made);
  /// What a resync with this body touches.
  [[nodiscard]] cache::dependencies::tags touched_by_resync(std::string_view body, const tenant& whose) const;

  /// Tells the clients of a data plane apart; 0 without an Authorization.
  [[nodiscard]] std::uint64_t client_of(std::string_view authorization) const {
    return authorization.empty() ? 0 : siphash(tenant_key_, authorization) | 1U;
  }
  /// Whose a request of the data plane is, by its headers and what its target says.
  [[nodiscard]] tenant tenant_of(const http::fields& request, std::string_view organisation) const;
  /// An answer to sync has come, or none, that had been asked for at `sent`: what it names is dropped in all planes,
  /// or, where that can't be known, everything of the organisation has to be revalidated.
  /// Returns whether gateways may be told more by it: then heal_sync() is next.
  [[nodiscard]] bool settle_sync(const tenant& whose, const std::string& identifier, instant sent,
                                 const std::expected<upstream_answer, failure>& came);
  struct healed_sync {
    std::string body;                      ///< to be handed on: what came, with what gateways must be told besides
    std::optional<std::uint64_t> told_to;  ///< for sync_handed_on(); nothing: there was no place for more
  };
  /// `of_peers`: what they said that they have served stale.
  [[nodiscard]] healed_sync heal_sync(const tenant& whose, std::string body, std::vector<sync_addition> of_peers);
  /// The same of sync that this process asked for itself. What gateways have heard by then is not known from it, so it
  /// makes nothing fresh.
  void settle_own_sync(const tenant& whose, const std::expected<upstream_answer, failure>& came);
  /// The answer was handed on whole.
  void sync_handed_on(const tenant& whose, std::uint64_t told_to);

  /// A gateway was given a stale answer to this, and may keep it.
  void note_stale(const lookup& of, instant now);
  [[nodiscard]] const replica& all_planes() const { return *replica_; }
  /// What a peer is told, who has told its gateways up to where it says.
  [[nodiscard]] peer_answer tell_peer(const peer_question& asked) const;
  [[nodiscard]] peer_marks& peers_told() { return replica_->peers; }
  void count(peer_result what) {
    peer_results_[static_cast<std::size_t>(what)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t counted(peer_result what) const { return peer_results_[static_cast<std::size_t>(what)]; }

  /// Drops what is chosen, or marks it for revalidation; returns how many. What is being read is not stored.
  std::size_t purge(const cache::purge_order& order);
  /// By what a purge names a credential.
  [[nodiscard]] digest128 partition_of(const http::credential_view& who) const {
    return keyed_digest(credential_key_, {who.authorization, who.api_key});
  }

  /// What an access line shows of a credential: as for_each_entry() has it.
  [[nodiscard]] std::string fingerprint_of(const http::credential_view& who) const;

  [[nodiscard]] const settings& config() const { return *in_force_.load(std::memory_order_acquire); }
  /// False in shadow and in bypass: whatever is stored, the control plane is asked.
  [[nodiscard]] bool answers_from_memory() const { return config().mode == mode::on; }
  /// From now on these, of which plane, kind, prefixes, sync and version are as they were. Returns those before, to be
  /// kept until every thread that uses this object has ended what it was at. One change at a time.
  [[nodiscard]] std::shared_ptr<const settings> change(settings to);
  /// What this process calls itself in Via, "sidecache-" and 16 hexadecimal digits: drawn anew at each start, so that a
  /// chain of sidecaches is none of one and the same.
  [[nodiscard]] const std::string& pseudonym() const { return pseudonym_; }
  [[nodiscard]] instant now() const { return clock_.now(); }
  [[nodiscard]] instant now_by(mono_time mono) const { return clock_.now_by(mono); }
  [[nodiscard]] cache_figures figures() const { return store_.figures(); }
  [[nodiscard]] std::uint64_t invalidations(invalidation_source source) const {
    return invalidations_[static_cast<std::size_t>(source)].load(std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t syncs(sync_result what) const { return syncs_[static_cast<std::size_t>(what)]; }
  /// Visits what is stored until `visit(entry, marks, short_fingerprint)` returns false. For admin: bounded by the
  /// caller.
  void for_each_entry(const std::function<bool(const cache::entry&, std::uint8_t, std::string_view)>& visit) const;

  /// Ends all flights; see flights::close.
  void close() { flights_.close(); }

 private:
  friend class write_permit;
  friend class replica;
  struct keyed_hash {
    siphash_key key;
    std::size_t operator()(std::string_view text) const { return siphash(key, text); }
  };
  struct arrival;  // one answer on its way into the store

  [[nodiscard]] std::shared_ptr<landing> judged(const attempt& asked,
                                                const std::expected<upstream_answer, failure>& came);
  void store_marker(const attempt& asked);
  void store_record(arrival& in, landing& out);
  void store_denial(arrival& in, landing& out);
  void pause(const lookup& of, const upstream_answer& answer, instant now);
  bool insert(const attempt& by, std::string_view key, entry_ptr made, const cache::dependencies::tags& tags,
              instant now);
  void forget(const std::optional<digest128>& credential);
  void after_write(std::span<const cache_tag> touched, bool applied);
  void overtake(std::span<const cache_tag> touched, mono_time now);
  void invalidate(std::span<const cache_tag> touched, bool applied, invalidation_source by);
  [[nodiscard]] sync_result forget_named(const tenant& whose, const std::expected<upstream_answer, failure>& came);
  /// How far and how long healing goes.
  [[nodiscard]] stale_served::reach healing_reach() const;
  void note_trouble();
  void forget(const cache::changes& named, const tenant& whose);
  void lose_sync(const tenant& whose, std::string_view why);
  [[nodiscard]] bool may_refresh(const cache::entry& e, std::uint8_t marks, std::uint32_t uses, instant now) const;
  [[nodiscard]] bool is_data_plane() const { return kind_ == plane_kind::data; }
  /// Where a 401 stands while it is being collapsed: beside the record that it locks.
  [[nodiscard]] static std::string denial_key(std::string_view key);
  [[nodiscard]] static cache::subject subject_of(const lookup& of);
  [[nodiscard]] freshness_settings freshness_of(const attempt& asked, instant now) const;
  /// Drops everything if there was a write through another process of the same supervisor.
  void catch_up();

  std::shared_ptr<const settings> settings_;  // for change(); all others read config()
  std::atomic<const settings*> in_force_;
  std::atomic<duration::rep> longest_stale_{};  // of all settings so far: older entries live by them
  plane_kind kind_;
  const clock& clock_;
  std::array<unsigned char, 32> credential_key_;
  siphash_key table_key_;
  siphash_key tenant_key_;
  std::string pseudonym_;
  cache::bodies bodies_;  // outlives the store
  ttl_lru_cache<cache::entry, keyed_hash> store_;
  cache::generations generations_;
  cache::dependencies dependencies_;
  record_flights flights_;
  cache::credential_states credentials_;
  tenure tenure_;
  std::shared_ptr<replica> replica_;
  std::mutex catching_up_;
  std::atomic<std::uint64_t> caught_up_;  ///< the others' writes whose consequences are drawn
  std::array<std::atomic<std::uint64_t>, 3> invalidations_{};
  std::array<std::atomic<std::uint64_t>, 4> syncs_{};
  std::array<std::atomic<std::uint64_t>, peer_result_names.size()> peer_results_{};
  refresh_budget refreshes_;
  std::atomic<bool> slow_{false};
  cache::asked_keys asked_;
  proxy::drill drill_;
  shadow_book shadow_;
  std::atomic<std::uint64_t> alone_{0};  ///< flights of one's own so far
  /// When a key was last revalidated for a client, by a part of its hash: two keys that share a place share the rate.
  std::array<std::atomic<mono_time::rep>, 4096> revalidated_;
};

}  // namespace sidecache::proxy
