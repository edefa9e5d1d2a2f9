// What the promises (design, §3) say of every answer, kept as a book: what was asked when, what came, which writes were
// answered, which denials came, what must still be held. Every check names its promise.
//
// Theory of operation: `seq` counts steps; an answer knows the step in which it was asked of the control plane. A write
// that is answered leaves its step beside each record that it touches, a denial beside its key. A lookup that begins
// takes these down as floors; what it is given must have been asked for no earlier. Nothing here is read from
// sidecache's own memory but its figures, and what it holds where a promise speaks of that.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "proxy/core.hpp"
#include "simulation/control_plane.hpp"

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

/// An answer of the control plane on its way through sidecache.
struct note : said {
  std::uint32_t asked = 0;  ///< step
  mono_time sent;
  bool cooled = false;  ///< the control plane said it during the cool-down of a write that touches it
  // From when it reached sidecache:
  std::uint32_t landed = 0;  ///< step; 0: not, or before a restart
  mono_time arrived;
  duration fresh{};
  duration revalidate{};
  duration on_error{};
  wall_time soft = wall_time::max();
  wall_time hard = wall_time::max();
  [[nodiscard]] mono_time usable_until() const { return arrived + std::max(fresh + revalidate, on_error); }
};

/// What a lookup that begins now may no longer be given: answers asked for before these steps.
struct floors {
  std::uint32_t done = 0;   ///< a write was answered 2xx
  std::uint32_t maybe = 0;  ///< a write may have been applied: only in an outage
};

/// A client's lookup as the checks need it.
struct asking {
  int who = 0;
  int where = 0;
  bool head_only = false;
  std::uint32_t has = 0;  ///< the answer whose validator it sent; 0: none
  std::uint32_t begun = 0;
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

class ledger {
 public:
  ledger(const control_plane& origin, const proxy::settings& settings);

  [[nodiscard]] const std::optional<violation>& found() const { return found_; }
  void fail(std::string_view promise, std::string what);

  // --- what happens ---
  void step(instant now) { ++seq_, now_ = now; }
  [[nodiscard]] std::uint32_t seq() const { return seq_; }
  note& add(said what, std::uint32_t asked, mono_time sent);
  [[nodiscard]] std::uint32_t next_serial() const { return static_cast<std::uint32_t>(notes_.size()); }
  [[nodiscard]] const note* serial(std::uint32_t number) const {
    return number > 0 && number < notes_.size() ? &notes_[number] : nullptr;
  }
  /// The answer that a head names; 0: it is sidecache's own.
  [[nodiscard]] static std::uint32_t serial_of(std::string_view head);
  void fetch_begins(int who, int where, const std::vector<under_way>& others, const cache_figures& figures);
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
  void write_ends(const touched& what, bool applied) { ends(what, applied, true); }
  /// Dropped, or (soft) to be revalidated before use: as by a write, but that nothing lags behind.
  void purges(const touched& what, bool hard) { ends(what, hard, false); }
  void restarts();

  // --- what clients see ---
  [[nodiscard]] asking asks(int who, int where, bool head_only) const;
  /// A complete answer to a lookup.
  void answered(const asking& by, const shown& what);
  void after_step(const proxy::core& memory);

 private:
  struct stamp : floors {
    mono_time cool_until = mono_time::min();
  };
  struct key_state {
    std::uint32_t denied = 0;  ///< when the latest denial was asked for
    std::uint32_t held = 0;    ///< serial that must be served in an outage; 0: none need be
    bool suspect = false;      ///< of `held`
    std::uint32_t heard = 0;   ///< step in which a fetch ended last
    news last = news::none;
  };
  struct credential_state {
    std::set<int> denied_records;
    std::set<int> denied_keys;
    std::uint32_t last_denied = 0;  ///< when the latest 401 was asked for
    bool locked = false;
    mono_time paused_until = mono_time::min();
    mono_time perhaps_paused_until = mono_time::min();
  };
  key_state& key(int who, int where) { return keys_[who * addresses_ + where]; }
  [[nodiscard]] const key_state& key(int who, int where) const { return keys_[who * addresses_ + where]; }
  [[nodiscard]] stamp floor_of(int who, int where, bool absence) const;

  void set_lifetime(note& of) const;
  void denial_lands(const note& denial);
  void record_lands(note& record);
  void ends(const touched& what, bool applied, bool cools);
  void forget_held(int who);
  void notice_evictions(const cache_figures& figures);

  void check_answer(const asking& by, const shown& what, const note& given);
  void check_times(const asking& by, const shown& what, const note& given);
  void check_age(const asking& by, const shown& what, const note& given);
  void check_own_error(const asking& by, const shown& what);
  void check_held(const asking& by, const shown& what, std::uint32_t given);
  void check_memory(const proxy::core& memory, const cache_figures& now);

  const control_plane& origin_;
  const proxy::settings& settings_;
  std::optional<violation> found_;
  std::uint32_t seq_ = 0;
  instant now_{};
  std::uint32_t generation_ = 0;  ///< step in which a write that touches anything began or ended last
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
