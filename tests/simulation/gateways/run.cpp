#include "simulation/gateways/run.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::simulation::gateways {
namespace {

constexpr record_number records = 200;
constexpr duration census_every = 10s;
constexpr duration grace = 2 * sync_interval;

/// How fast the world turns.
struct pace {
  duration edits_least = 10s;
  duration edits_most = 120s;
  record_number often_edited = 8;  // of each two edits one is of these
  std::uint32_t slow_one_in = 50;
  fleet::habits gateways = {};
};
pace pace_of(const plot& what) {
  if (!what.hectic) return {};
  return {.edits_least = 2s,
          .edits_most = 20s,
          .often_edited = 8,
          .slow_one_in = 2,
          .gateways = {.request_every = 5s, .moves_every = 30s, .store_loses_every = 1s}};
}

/// Everything of one run. The context dies first, then what coroutines hold at their end.
class production {
 public:
  production(const topology& where, const fleet::habits& how, std::uint64_t seed) : chance_(seed), truth_(records) {
    for (std::uint32_t i = 0; i < where.sidecaches; ++i) {
      sidecaches_.push_back(
          std::make_unique<sidecache_process>(stage_, truth_, data_plane_settings(where.heals), chance_.next()));
      sidecaches_.back()->start(context_, where.peers ? &who_is_who_ : nullptr);
      if (!where.polls) continue;
      stage_.after(between(0s, sync_interval, chance_),
                   [this, i] { sidecaches_[i]->start_polling("sidecache-" + std::to_string(i)); });
    }
    truth_.expect("gateways");
    gateways_.emplace(stage_, truth_, sidecaches_, where, how, chance_.next());
  }
  production(const production&) = delete;
  production& operator=(const production&) = delete;
  ~production() {
    for (const auto& each : sidecaches_) each->stop();
  }

  void run_until(mono_time end) { stage_.run_until(end, context_); }

  stage& on() { return stage_; }
  truth& of() { return truth_; }
  fleet& gateways() { return *gateways_; }
  random_source& chance() { return chance_; }
  neighbourhood& who_is_who() { return who_is_who_; }

 private:
  random_source chance_;
  stage stage_;
  truth truth_;
  std::vector<std::unique_ptr<sidecache_process>> sidecaches_;
  neighbourhood who_is_who_{sidecaches_, {}};
  asio::io_context context_{1};
  std::optional<fleet> gateways_;
};

class chronicle {
 public:
  explicit chronicle(const plot& what)
      : plot_(what), pace_(pace_of(what)), play_(what.where, pace_.gateways, what.seed) {
    play_.of().slow_one_in = pace_.slow_one_in;
  }

  finding write() {
    stage& on = play_.on();
    const mono_time end = on.now().mono + plot_.lasts;
    play_.gateways().begin();
    on.after(until_next_edit(), [this] { edit(); });
    on.after(census_every, [this] { take_census(); });
    if (plot_.outages) on.after(between(20min, 1h, play_.chance()), [this] { begin_outage(); });
    play_.run_until(end);
    found_.edits = play_.of().edits;
    found_.gateways = play_.gateways().so_far();
    found_.wrong = wrong_.size();
    for (const auto& loss : play_.gateways().stories_of_losses())
      if (static_cast<int>(found_.stories.size()) < plot_.stories) found_.stories.push_back(loss);
    found_.share = entries_ == 0 ? 0 : static_cast<double>(wrong_entries_) / static_cast<double>(entries_);
    return std::move(found_);
  }

 private:
  duration until_next_edit() { return between(pace_.edits_least, pace_.edits_most, play_.chance()); }

  void edit() {
    random_source& chance = play_.chance();
    play_.on().after(until_next_edit(), [this] { edit(); });
    const auto& asked_for = play_.gateways().under_way();
    record_number r = chance.below(chance.one_in(2) ? pace_.often_edited : records);
    if (plot_.hectic && !asked_for.empty()) r = asked_for[chance.below(static_cast<std::uint32_t>(asked_for.size()))];
    play_.of().edit(r, play_.on().now().mono);
  }

  void begin_outage() {
    random_source& chance = play_.chance();
    ++found_.outages;
    play_.of().now = static_cast<weather>(1 + chance.below(4));
    // As often seconds as minutes, and an hour now and then.
    const duration length = chance.one_in(6)   ? 1h
                            : chance.one_in(2) ? between(5s, 60s, chance)
                                               : between(1min, 15min, chance);
    play_.on().after(length, [this] {
      play_.of().now = weather::fair;
      fair_since_ = play_.on().now().mono;
      if (plot_.where.peers && play_.chance().one_in(2)) mute_one();
      play_.on().after(between(5min, 40min, play_.chance()), [this] { begin_outage(); });
    });
  }

  /// What it has to say can't be named meanwhile: that is an outage of its own.
  void mute_one() {
    play_.who_is_who().mute = play_.chance().below(plot_.where.sidecaches);
    play_.on().after(between(10s, 4min, play_.chance()), [this] {
      play_.who_is_who().mute.reset();
      fair_since_ = play_.on().now().mono;
    });
  }

  void take_census() {
    play_.on().after(census_every, [this] { take_census(); });
    const mono_time now = play_.on().now().mono;
    if (play_.of().now != weather::fair || play_.who_is_who().mute) return;
    if (fair_since_ && now - *fair_since_ <= grace) return;
    const auto& store = play_.gateways().store();
    for (record_number r = 0; r < store.size(); ++r) {
      if (!store[r]) continue;
      ++entries_;
      const mono_time since = play_.of().superseded(r, store[r]->version);
      if (since == mono_time::max() || now - since <= grace) continue;
      ++wrong_entries_;
      if (!wrong_.insert(store[r]->number).second) continue;
      const bool own = store[r]->asked < since;
      found_.own += own ? 1 : 0;
      if (static_cast<int>(found_.stories.size()) < plot_.stories)
        found_.stories.push_back(story_of(r, *store[r], since));
    }
  }

  std::string story_of(record_number r, const pin& of, mono_time edited) const {
    return fmt::format(
        "r{}: version {} of {}, edited at {:.3f}, asked for at {:.3f} and answered at {:.3f} by sidecache {} as {}, "
        "last "
        "named at {:.3f}, fair since {:.3f}",
        r, of.version, play_.of().version(r), seconds_of(edited), seconds_of(of.asked), seconds_of(of.written),
        of.sidecache, to_string(of.how), seconds_of(play_.gateways().last_named(r)),
        seconds_of(fair_since_.value_or(mono_time::min())));
  }

  plot plot_;
  pace pace_;
  mutable production play_;
  finding found_;
  std::optional<mono_time> fair_since_;
  std::set<std::uint64_t> wrong_;
  std::uint64_t entries_ = 0;
  std::uint64_t wrong_entries_ = 0;
};

std::vector<topology> every_topology(const std::string& wanted) {
  std::vector<topology> all;
  for (const std::uint32_t sidecaches : {1U, 3U, 40U}) {
    for (const bool polls : {false, true}) {
      for (const bool heals : {false, true}) {
        topology made{.name = std::to_string(sidecaches), .sidecaches = sidecaches, .polls = polls, .heals = heals};
        if (polls) made.name += "+poll";
        if (heals) made.name += "+heal";
        all.push_back(made);
        if (sidecaches == 1 || polls || !heals) continue;
        made.name += "+peers";
        made.peers = true;
        all.push_back(std::move(made));
      }
    }
  }
  if (wanted != "all") std::erase_if(all, [&](const topology& each) { return each.name != wanted; });
  return all;
}

/// Of all entries, what is wrong for long where sidecaches heal and can't hear of everything.
constexpr double little = 0.005;

/// What is promised. Nothing is wrong before one sidecache, through which all syncs pass, nor before any number that
/// heal and ask for sync themselves, nor, after outages, of those that ask each other. Without outages it is so before
/// all others as well, but for a gateway's own doing.
bool holds(const plot& what, const finding& f) {
  const topology& t = what.where;
  if (f.gateways.lost > 0) return false;
  const bool knows_all = t.sidecaches == 1 || t.polls || (t.peers && what.outages);
  if (what.outages && !t.heals) return true;
  if (what.outages && !knows_all) return f.share < little;
  return f.wrong == (t.sidecaches == 1 || (t.heals && t.polls) || (t.peers && what.outages) ? 0 : f.own);
}

void print_line(const plot& what, const finding& f) {
  const auto& g = f.gateways;
  fmt::print("{:>12} {:>7} {:>7} {:>7} {:>7} {:>8} {:>7} {:>7} {:>5} {:>9.4f}% {:>6} {:>5}\n", what.where.name,
             what.hectic ? "hectic" : "", f.outages, f.edits, g.syncs, g.asked, g.stale, g.failed, g.lost,
             100 * f.share, f.wrong, f.own);
  for (const auto& story : f.stories) fmt::print("    {}\n", story);
  std::fflush(stdout);
}

/// Fair weather, the same in haste, and outages.
std::vector<plot> plots_of(const wishes_of_a_run& wishes) {
  std::vector<plot> all;
  const bool any = !wishes.fair && !wishes.hectic && !wishes.outages;
  const auto lasts = duration(static_cast<duration::rep>(wishes.hours * 3600e9));
  const auto add = [&](bool outages, bool hectic) {
    for (const topology& each : every_topology(wishes.topology))
      all.push_back({.where = each,
                     .lasts = hectic ? lasts / 3 : lasts,
                     .outages = outages,
                     .hectic = hectic,
                     .seed = wishes.seed,
                     .stories = wishes.stories});
  };
  if (any || wishes.fair) add(false, false);
  if (any || wishes.hectic) add(false, true);
  if (any || wishes.outages) add(true, false);
  return all;
}

}  // namespace

finding play(const plot& what) { return chronicle(what).write(); }

fleet::counts play(const cold_start& what) {
  production p(what.where, {.request_every = 5s}, what.seed);
  for (int i = 0; i < 100; ++i) p.of().edit(p.chance().below(records), p.on().now().mono);
  p.gateways().begin();
  p.run_until(p.on().now().mono + 5min);  // by then everybody has heard of these
  p.gateways().warm_up(10min);
  p.run_until(p.on().now().mono + 6h);
  const fleet::counts before = p.gateways().so_far();
  p.of().now = what.outage;
  p.gateways().begin_cold();
  p.run_until(p.on().now().mono + 1h);
  fleet::counts made = p.gateways().so_far();
  made.asked -= before.asked;
  made.stale -= before.stale;
  made.failed -= before.failed;
  made.lost -= before.lost;
  return made;
}

int run(const wishes_of_a_run& wishes) {
  bool all_hold = true;
  fmt::print("{:>12} {:>7} {:>7} {:>7} {:>7} {:>8} {:>7} {:>7} {:>5} {:>10} {:>6} {:>5}\n", "sidecaches", "", "outages",
             "edits", "syncs", "lookups", "stale", "failed", "lost", "share", "wrong", "own");
  for (const plot& each : plots_of(wishes)) {
    const finding found = play(each);
    print_line(each, found);
    if (holds(each, found)) continue;
    fmt::print("FOUND: {}\n",
               found.gateways.lost > 0 ? "a lookup of a known record was lost" : "gateways keep it wrong");
    all_hold = false;
  }
  return all_hold ? 0 : 1;
}

int run_cold_starts(std::uint64_t seed) {
  bool holds = true;
  for (const std::uint32_t sidecaches : {1U, 3U, 50U}) {
    for (const weather outage : {weather::refused, weather::silent, weather::unavailable, weather::flaky}) {
      const auto counted =
          play(cold_start{.where = {.name = "", .pods = 50, .sidecaches = sidecaches}, .outage = outage, .seed = seed});
      fmt::print("{:>2} sidecaches, {:>15}: {} lookups, {} stale, {} failed, of known records {}\n", sidecaches,
                 to_string(outage), counted.asked, counted.stale, counted.failed, counted.lost);
      if (counted.failed > 0 || counted.stale == 0) holds = false;
    }
  }
  if (!holds) fmt::print("FOUND: a lookup of a known record was lost\n");
  return holds ? 0 : 1;
}

}  // namespace sidecache::simulation::gateways
