// What the promises (design, §3) say of every answer, kept as a book: what was asked when, what came, which writes were
// answered, which denials came, what must still be held. Every check names its promise.
//
// Theory of operation: `seq` counts steps; an answer knows the step in which it was asked of the control plane. A write
// that is answered leaves its step beside each record that it touches, a denial beside its key. A lookup that begins
// takes these down as floors; what it is given must have been asked for no earlier. Nothing here is read from
// sidecache's own memory but its figures, and what it holds where a promise speaks of that.
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "proxy/core.hpp"
#include "simulation/control_plane.hpp"
#include "simulation/wishes.hpp"

namespace sidecache::simulation {

/// Which promise was broken, and how.
struct violation {
  std::string promise;
  std::string what;
};

/// What came of a fetch, as the one who waits for it may judge it.
enum class news : std::uint8_t {
  none,
  answer,       ///< a record or a denial in JSON, or a 304
  unreachable,  ///< a failure or a 5xx: stale is allowed, of suspects too
  doubtful,     ///< HTML, a foreign denial, 429: stale is allowed, but not of suspects
  other,        ///< anything else that is handed on: no stale
  relayed,      ///< no flight: streamed through, as what can't be stored is
  too_large,
  died,
};

/// What the clients whose lookups caused a fetch said of storing its answer, and what the settings said then.
struct fetch_terms {
  std::uint32_t held = 0;     ///< what was held then, if anything was; 0: not known
  bool never_stored = false;  ///< all of them said no-store
  bool perhaps_not = false;   ///< one of them did, and may have been first
  proxy::freshness_settings freshness = {};
  bool cdn_cache_control = false;
};

/// An answer of the control plane on its way through sidecache.
struct note : said {
  std::uint32_t asked = 0;  ///< step
  mono_time sent;
  bool cooled = false;  ///< the control plane said it during the cool-down of a write that touches it
  fetch_terms fetched;
  // From when it reached sidecache:
  std::uint32_t landed = 0;  ///< step; 0: not, or before a restart
  mono_time arrived;
  bool no_store = false;
  bool vague = false;      ///< a 304, and whose head it was taken into is not known
  duration initial_age{};  ///< when it had come
  duration fresh{};
  duration revalidate{};
  duration on_error{};
  wall_time soft = wall_time::max();
  wall_time hard = wall_time::max();
  [[nodiscard]] mono_time usable_until() const { return arrived + std::max(fresh + revalidate, on_error); }
};

/// What a lookup that begins now may no longer be given: answers asked for before these steps.
struct floors {
  std::uint32_t done = 0;       ///< a write was answered 2xx
  std::uint32_t maybe = 0;      ///< a write may have been applied: only in an outage
  std::uint32_t elsewhere = 0;  ///< the same through another replica, which nobody tells of
  mono_time elsewhere_at = mono_time::min();
};

/// A client's lookup as the checks need it.
struct asking {
  int who = 0;
  int where = 0;
  bool head_only = false;
  bool passed_by = false;  ///< memory is: the mode is another than `on`
  condition if_changed;
  wishes wants;  ///< none where directives are not honoured
  std::uint32_t begun = 0;
  mono_time begun_at;
  floors for_records;
  floors for_absence;
  std::uint32_t denied = 0;
  bool locked = false;
};

/// A fetch that the control plane has not answered yet.
struct under_way {
  int who = 0;
  int where = 0;
  std::uint32_t asked = 0;
};

/// An answer as a client saw it.
struct shown {
  unsigned status = 0;
  std::string_view head;
  std::string_view extra;
  std::string_view body;
};

/// Uses since it was stored before a record may be fetched ahead of its end.
constexpr std::uint32_t uses_before_refresh = 10;

/// Serial numbers tell whose answer it was: each replica has every second.
constexpr std::uint32_t replicas = 2;

/// Of one replica.
class ledger {
 public:
  /// Whether sidecache, which remembers the revalidations of keys in a table, may take two keys for one.
  using same_place = std::function<bool(int who, int where, int other_who, int other_where)>;
  ledger(const control_plane& origin, proxy::settings settings, std::uint32_t replica, same_place share_place);

  [[nodiscard]] const std::optional<violation>& found() const { return found_; }
  void fail(std::string_view promise, std::string what);

  /// In force from now on; what is stored keeps what it was stored with.
  void reloads(proxy::settings to);
  [[nodiscard]] const proxy::settings& settings() const { return settings_; }

  // --- what happens ---
  void step(instant now) { ++seq_, now_ = now; }
  [[nodiscard]] std::uint32_t seq() const { return seq_; }
  note& add(said what, std::uint32_t asked, mono_time sent, fetch_terms fetched);
  [[nodiscard]] std::uint32_t next_serial() const {
    return static_cast<std::uint32_t>(notes_.size()) * replicas + replica_;
  }
  /// Null: no answer that this replica was given.
  [[nodiscard]] const note* serial(std::uint32_t number) const {
    const bool mine = number >= replicas && number % replicas == replica_ && number / replicas < notes_.size();
    return mine ? &notes_[number / replicas] : nullptr;
  }
  /// The answer that a head names; 0: it is sidecache's own.
  [[nodiscard]] static std::uint32_t serial_of(std::string_view head, std::string_view field = "X-Answer");
  /// `waiting`: the clients of that lookup that have no answer yet.
  fetch_terms fetch_begins(int who, int where, const std::vector<under_way>& others,
                           const std::vector<const asking*>& waiting, const cache_figures& figures);
  /// A fetch ends; `serial` of its answer, 0 if none came.
  void lands(int who, int where, std::uint32_t serial, news what, const cache_figures& figures);
  /// A lookup that was streamed through ends.
  void passes(int who, int where, std::uint32_t serial);
  void pauses(int who, duration how_long) {
    auto& until = credentials_[who].paused_until;
    until = std::max(until, now_.mono + how_long);
    auto& perhaps = credentials_[who].perhaps_paused_until;  // with all of its jitter
    perhaps =
        std::max(perhaps, now_.mono + how_long + std::max<duration>(how_long / 10, std::chrono::milliseconds{100}));
  }
  void write_begins(const touched& what) {
    if (what.perhaps_more) generation_ = seq_;
  }
  void write_ends(const touched& what, bool applied);
  /// Dropped, or (soft) to be revalidated before use: as by a write, but that nothing lags behind.
  void purges(const purge& what);
  /// Another replica wrote: nobody tells this one, so what it holds may be served until its time is over.
  void written_elsewhere(const touched& what);
  void restarts();
  /// By a worker with a memory of its own. Nothing that the old one held is served by either, nothing is stored by it.
  void is_succeeded();
  /// Its answer is for those who wait for it at the worker that was succeeded.
  void lands_for_waiters(int who, int where, std::uint32_t serial, news what);
  /// A write ended there: when it next looks into its memory, the new one drops all it holds and takes all for just
  /// written. That is at the next lookup, or when one that waits gets its answer.
  void owes_catching_up();
  void catches_up();

  /// How much longer what is held of this is fresh; nothing where that is not certain.
  [[nodiscard]] std::optional<duration> fresh_for(int who, int where) const;

  // --- what clients see ---
  [[nodiscard]] asking asks(int who, int where, bool head_only, const wishes& wants, const condition& if_changed);
  /// A complete answer to a lookup.
  /// `retired`: by a worker that was succeeded, and may know nothing by heart.
  void answered(const asking& by, const shown& what, bool retired);
  void after_step(const proxy::core& memory);
  /// Of one that has no answer yet.
  void waits(const asking& by);

 private:
  struct stamp : floors {
    mono_time cool_until = mono_time::min();
    void take(const stamp& other);
  };
  struct key_state {
    stamp purged_record;
    stamp purged_absence;
    std::uint32_t denied = 0;  ///< when the latest denial was asked for
    std::uint32_t held = 0;    ///< serial that must be served in an outage; 0: none need be
    bool suspect = false;      ///< of `held`
    std::uint32_t stored = 0;  ///< the last record that was stored, whatever became of it; 0: not known
    std::uint32_t heard = 0;   ///< step in which a fetch ended last
    std::uint32_t said = 0;    ///< what came then, as bits of `news`: who waited may have asked again at once
    std::uint32_t died = 0;    ///< step in which a fetch ended without a word, so that who waits waits anew
    std::uint32_t hit = 0;     ///< step in which memory answered at once
    std::uint32_t uses = 0;    ///< of `held`, at most
    bool refreshed = false;    ///< `held` was fetched anew ahead of its end
    mono_time forced = mono_time::min();          ///< when a client's directives last made what is fresh be fetched
    mono_time perhaps_forced = mono_time::min();  ///< the same, where they may not have been the reason
  };
  struct credential_state {
    std::set<int> denied_records;
    std::set<int> denied_keys;
    std::uint32_t last_denied = 0;  ///< when the latest 401 was asked for
    bool locked = false;
    mono_time paused_until = mono_time::min();
    mono_time perhaps_paused_until = mono_time::min();
  };
  void hears(key_state& its, news what) const {
    if (std::exchange(its.heard, seq_) != seq_) its.said = 0;
    its.said |= 1U << static_cast<unsigned>(what);
    if (what == news::died) its.died = seq_;
  }
  /// Whether something of that kind came in this step.
  [[nodiscard]] bool heard(const key_state& its, std::initializer_list<news> of) const {
    return its.heard == seq_ &&
           std::ranges::any_of(of, [&](news what) { return (its.said >> static_cast<unsigned>(what) & 1U) != 0; });
  }
  key_state& key(int who, int where) { return keys_[who * addresses_ + where]; }
  [[nodiscard]] const key_state& key(int who, int where) const { return keys_[who * addresses_ + where]; }
  [[nodiscard]] const note& noted(std::uint32_t number) const { return notes_[number / replicas]; }
  [[nodiscard]] stamp floor_of(int who, int where, bool absence) const;

  /// The most that a setting has allowed since then: who began before a change goes on by what it began with.
  template <class Value>
  [[nodiscard]] Value most_since(mono_time since, Value proxy::settings::* which) const {
    Value most = settings_.*which;
    for (const auto& [until, before] : were_)
      if (until >= since) most = std::max(most, before.*which);
    return most;
  }
  void set_lifetime(note& of) const;
  [[nodiscard]] const proxy::freshness_settings& route_of(int where) const;
  /// How long it is fresh at least, whatever sidecache believes that a write has touched.
  [[nodiscard]] duration surely_fresh(const note& of) const;
  [[nodiscard]] bool is_surely_fresh(const key_state& its) const;
  [[nodiscard]] static duration age_of(const note& of, mono_time now);
  /// How much longer it is fresh; negative: for how long it has not been.
  [[nodiscard]] duration left_of(const note& of) const;
  /// Whether the interval between revalidations may have forbidden one at that time.
  [[nodiscard]] bool revalidated_just_before(int who, int where, mono_time at) const;
  void check_fetch_of_fresh(int who, int where, const std::vector<const asking*>& waiting);
  void check_refresh_ahead(int who, int where);
  void denial_lands(const note& denial);
  void record_lands(note& record);
  template <class Mark>
  void for_each_stamp(const touched& what, Mark mark);
  void arrives(note& n) const;
  void forget_held(int who);
  void notice_evictions(const cache_figures& figures);

  void check_answer(const asking& by, const shown& what, const note& given);
  void check_times(const asking& by, const shown& what, const note& given);
  void check_age(const asking& by, const shown& what, const note& given);
  void check_wishes(const asking& by, const shown& what, const note& given);
  void check_fresh_enough(const asking& by, const shown& what, const note& given);
  void check_not_modified(const asking& by, const note& given, const note& bytes);
  void check_own_error(const asking& by, const shown& what, bool retired);
  void check_not_cached(const asking& by, bool retired);
  void check_held(const asking& by, const shown& what, std::uint32_t given);
  void check_memory(const proxy::core& memory, const cache_figures& now);

  const control_plane& origin_;
  proxy::settings settings_;
  std::vector<std::pair<mono_time, proxy::settings>> were_;  ///< before that, one after the other
  std::uint32_t replica_;
  same_place share_place_;
  std::optional<violation> found_;
  std::uint32_t seq_ = 0;
  bool owes_ = false;  ///< it may not have caught up yet
  instant now_{};
  std::uint32_t generation_ = 0;                ///< step in which a write that touches anything began or ended last
  mono_time cooling_until_ = mono_time::min();  ///< whatever it was that was written
  std::deque<mono_time> refreshes_;             ///< of the last second
  std::uint64_t evictions_ = 0;
  std::uint64_t evicted_regular_ = 0;
  int addresses_;
  std::vector<note> notes_;
  std::vector<key_state> keys_;
  std::vector<credential_state> credentials_;
  std::vector<stamp> records_;          // by slot
  std::vector<stamp> absences_;         // by slot
  std::vector<stamp> data_plane_keys_;  // by slot
  std::array<stamp, 2> negatives_;
};

}  // namespace sidecache::simulation
