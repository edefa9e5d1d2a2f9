#include "simulation/operations.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace sidecache::simulation {
namespace {

/// What a reload may change, each of it sometimes.
void choose_live(std::uint32_t from, proxy::settings& to);

/// More than this is not kept under way: the scheduler then delivers instead.
constexpr std::size_t most_held = 20;

/// What everybody asks for, so that much meets in one key: p1 as provider and as virtual key, p2, and p1 by its UUID.
constexpr std::array<int, 4> usual_addresses{6, 7, 8, 19};
constexpr std::array<int, 2> usual_records{4, 6};
int usual(std::uint32_t n) { return usual_addresses[n % usual_addresses.size()]; }

/// The one whose name and `n` hash to the least: which it is does not hang on how many others there are, so that taking
/// a decision out while shrinking leaves the choices of the others as they were.
template <class List>
auto choose(const List& from, std::uint32_t n) {
  return std::ranges::min_element(from, {}, [&](const auto& each) {
    return random_source(n ^ (static_cast<std::uint64_t>(each->name) << 32U)).next();
  });
}

held_ptr any_held(world& in, std::uint32_t n) {
  const auto& held = in.held();
  const auto found = choose(held, n);
  return found == held.end() ? nullptr : *found;
}

void deliver(world& in, const decision& d) {
  if (const auto request = any_held(in, d.a)) {
    if (!request->processed) in.process(request, d.b);
    in.deliver(request);
  }
}

void look(world& in, const decision& d, int who, int where) {
  if (in.held().size() >= most_held) return deliver(in, d);
  world::manner how{.head_only = d.c % 16 == 0};
  if (d.c % 5 == 0) how.conditional = d.c / 80;
  if (in.weather().wishes && d.c / 16 % 2 == 0) how.wishing = d.c / 32;
  how.retiring = d.b / 64 % 3 == 0;
  in.look_up(in.replica_of(d.a), who, where, how);
}

void look_up(world& in, const decision& d) {
  look(in, d, static_cast<int>(d.a % in.truth().credentials().size()),
       static_cast<int>(d.b % in.truth().addresses().size()));
}

void look_up_the_usual(world& in, const decision& d) { look(in, d, static_cast<int>(d.a % 2), usual(d.b)); }

/// What a crowd brings about may be in vain, and over before the next one comes.
void crowd(world& in, const decision& d) {
  if (in.held().size() >= most_held) return deliver(in, d);
  if (d.c / 8 % 4 == 0) in.pass_until(in.replica_of(d.a), static_cast<int>(d.a % 2), usual(d.b), 0);
  const bool in_vain = d.c / 1024 % 3 == 0;
  for (int round = 0; round < (in_vain ? 2 : 1); ++round, in.go_on()) {
    for (std::uint32_t i = 0; i <= d.c % 8; ++i)
      in.crowd(in.replica_of(d.a), static_cast<int>((d.a + i) % 2), usual(d.b + i / 2), 3 + d.c / 64 % 12);
    if (!in_vain || round > 0) continue;
    in.go_on();
    const std::vector<held_ptr> all = in.held();
    for (const auto& each : all)
      if (each->where == usual(d.b)) in.fail(each, world::mishap::reset, 0);
  }
}

void pass_until(world& in, const decision& d) {
  in.pass_until(in.replica_of(d.a), static_cast<int>(d.a % 2), usual(d.b), d.c);
}

void write(world& in, const decision& d) {
  if (in.held().size() >= most_held) return deliver(in, d);
  in.write(in.replica_of(d.a), static_cast<int>(d.a % in.truth().credentials().size()),
           static_cast<int>(d.b % in.truth().mutations().size()), d.c % 3 == 0);
}

void write_behind(world& in, const decision& d) {
  const auto& m = in.truth().mutations()[d.b % in.truth().mutations().size()];
  in.tell("somebody else writes: {} {}", m.method, m.path);
  in.truth().write(static_cast<int>(d.a % in.truth().credentials().size()), m, in.clock().now().mono);
}

void process(world& in, const decision& d) {
  if (const auto request = any_held(in, d.a)) in.process(request, d.b);
}

void fail(world& in, const decision& d) {
  if (const auto request = any_held(in, d.a)) in.fail(request, static_cast<world::mishap>(d.b % world::mishaps), d.c);
}

void leave(world& in, const decision& d) {
  const auto found = choose(in.clients(), d.a);
  if (found != in.clients().end() && !(*found)->left) in.leave(**found, d.b % 2 == 0);
}

void pass_time(world& in, const decision& d) {
  constexpr std::array<duration, 16> spans{1ms, 20ms, 300ms, 999ms, 1s,  1001ms, 2s,   3s,
                                           5s,  9s,   10s,   20s,   30s, 41s,    130s, 30h};
  const duration by = spans[d.a % (d.b % 4 == 0 ? spans.size() : spans.size() - 2)];
  in.tell("{} ms pass", by / 1ms);
  in.pass(by);
}

void step_clock(world& in, const decision& d) {
  constexpr std::array<std::chrono::seconds, 8> steps{1s, -1s, 10s, -10s, 100s, -100s, 3600s, -3600s};
  in.tell("sidecache's wall clock is stepped by {} s", steps[d.a % steps.size()].count());
  in.step_wall(steps[d.a % steps.size()]);
}

void change_rights(world& in, const decision& d) {
  auto& who = in.truth().credentials()[d.a % in.truth().credentials().size()];
  constexpr std::array<std::string_view, 3> names{"granted", "forbidden", "revoked"};
  who.may = d.b % 2 == 0 ? rights::granted : static_cast<rights>(d.c % 3);
  in.tell("credential {}: access {}", d.a % in.truth().credentials().size(), names[static_cast<std::size_t>(who.may)]);
}

void disturb(world& in, const decision& d) {
  const int record =
      d.c % 2 == 0 ? static_cast<int>(d.a % in.truth().slots().size()) : usual_records[d.a % usual_records.size()];
  in.tell("record {} of workspace {} changes by use", in.truth().slots()[record].slug,
          in.truth().slots()[record].workspace);
  in.truth().disturb(record, d.b, in.clock().now().mono);
}

void outage(world& in, const decision& d) {
  in.set_gone(!in.gone() && d.a % 2 == 0);
  in.tell("the control plane is {}", in.gone() ? "gone" : "there");
}

void purge_by_hand(world& in, const decision& d) {
  random_source chance(d.b);
  const auto& slots = in.truth().slots();
  const auto any = [&]() -> const slot& {
    return slots[chance.one_in(2) ? usual_records[chance.below(usual_records.size())]
                                  : static_cast<int>(chance.below(static_cast<std::uint32_t>(slots.size())))];
  };
  purge what{.soft = d.c % 2 == 0};
  if (chance.one_in(4)) what.kind = static_cast<records::kind>(chance.below(3));
  if (chance.one_in(3)) what.slug = any().slug;
  if (chance.one_in(5)) what.uuid = any().uuid;
  if (chance.one_in(5)) {
    const slot& of = slots[chance.below(4)];
    what.integration = chance.one_in(2) ? of.slug : of.uuid;
  }
  if (chance.one_in(8)) what.workspace = 1 + static_cast<int>(chance.below(2));
  if (chance.one_in(6))
    what.who = static_cast<int>(chance.below(static_cast<std::uint32_t>(in.truth().credentials().size())));
  in.drop(what);
}

void sync(world& in, const decision& d) {
  if (d.c % 8 == 0) return in.lose_sync(in.replica_of(d.a));
  std::vector<const mutation*> names;
  for (const mutation& each : in.truth().mutations())
    if (each.what == change::put_integration || each.what == change::put_key) names.push_back(&each);
  in.sync(in.replica_of(d.a), static_cast<int>(d.a % in.truth().credentials().size()), *names[d.b % names.size()]);
}

void apply_late(world& in, const decision& d) { in.apply_late(d.a); }
void restart(world& in, const decision& d) { in.restart(in.replica_of(d.b), d.a); }
void succeed(world& in, const decision& d) { in.succeed(in.replica_of(d.b), d.a); }
void reload(world& in, const decision& d) {
  proxy::settings next = in.settings_of(in.replica_of(d.a));
  choose_live(d.b, next);
  in.reload(in.replica_of(d.a), std::move(next));
}
void quiesce(world& in, const decision& /*d*/) {
  in.tell("all under way ends");
  in.quiesce();
}

constexpr std::array table{
    operation{"look up", 260, look_up},
    operation{"look up the usual", 300, look_up_the_usual},
    operation{"write", 50, write},
    operation{"write behind us", 20, write_behind},
    operation{"process", 120, process},
    operation{"deliver", 260, deliver},
    operation{"fail", 40, fail},
    operation{"leave", 15, leave},
    operation{"pass time", 90, pass_time},
    operation{"step the clock", 6, step_clock},
    operation{"change rights", 12, change_rights},
    operation{"disturb", 30, disturb},
    operation{"outage", 10, outage},
    operation{"apply late", 10, apply_late},
    operation{"restart", 2, restart},
    operation{"purge", 20, purge_by_hand},
    operation{"quiesce", 6, quiesce},
    operation{"succeed", 4, succeed},
    operation{"crowd", 30, crowd},
    operation{"pass until", 20, pass_until},
    operation{"sync", 6, sync},
    operation{"reload", 12, reload},
};
constexpr std::size_t always = 2;  // the first ones are never left out

template <class T, std::size_t N>
T pick(random_source& chance, const std::array<T, N>& from) {
  return from[chance.below(N)];
}

}  // namespace

std::span<const operation> operations() { return table; }

void perform(world& in, const decision& d) { table[d.what % table.size()].perform(in, d); }

decision decide(random_source& chance, const climate& weather) {
  const std::uint32_t sum = std::accumulate(weather.weights.begin(), weather.weights.end(), 0U);
  std::uint32_t at = chance.below(sum);
  decision made;
  while (at >= weather.weights[made.what]) at -= weather.weights[made.what++];
  made.a = chance.below(1U << 31U);
  made.b = chance.below(1U << 31U);
  made.c = chance.below(1U << 31U);
  return made;
}

tongue tongue_of(random_source& chance) {
  if (chance.one_in(3)) return {};
  return {.general = chance.one_in(2),
          .targeted = chance.one_in(3),
          .expires = chance.one_in(2),
          .dates = chance.one_in(2),
          .ages = chance.one_in(3),
          .last_modified = chance.one_in(2)};
}

void choose_freshness(random_source& chance, proxy::settings& made) {
  using enum proxy::freshness_rule;
  auto& fresh = made.freshness;
  fresh.ttl = pick(chance, std::array<duration, 3>{30s, 30s, 5s});
  fresh.stale_while_revalidate = pick(chance, std::array<duration, 3>{10s, 10s, 0s});
  fresh.stale_if_error = pick(chance, std::array<duration, 4>{72h, 72h, 60s, 0s});
  fresh.rule = pick(chance, std::array{shortest, shortest, origin, origin, settings});
  made.cdn_cache_control = chance.one_in(2);
  made.stale_after = pick(chance, std::array<duration, 3>{500ms, 5s, 0s});
  made.refresh_ahead = pick(chance, std::array<unsigned, 4>{10, 10, 50, 0});
  made.refresh_rate = pick(chance, std::array<std::uint64_t, 4>{50, 1, 1, 0});
  made.routes.clear();
  if (!chance.one_in(3)) return;
  made.routes = {{.kind = records::kind::provider, .ident = "p2", .freshness = fresh},
                 {.kind = records::kind::virtual_key, .ident = "", .freshness = fresh}};
  made.routes[0].freshness.ttl = 12s;
  made.routes[1].freshness.rule = pick(chance, std::array{shortest, origin, settings});
  made.routes[1].freshness.stale_if_error = 20s;
}

namespace {

constexpr std::array<std::uint64_t, 5> sizes{64U << 20U, 64U << 20U, 40'000, 16'000, 6'000};
constexpr std::array<duration, 4> intervals{1s, 1s, 10s, 0s};

/// A cool-down is never shorter than it was at first: the control plane's replicas lag by less than that.
void choose_live(std::uint32_t from, proxy::settings& to) {
  random_source chance(from);
  if (chance.one_in(2)) choose_freshness(chance, to);
  if (chance.one_in(3)) to.client_directives = !to.client_directives;
  if (chance.one_in(3)) to.max_bytes = pick(chance, sizes);
  if (chance.one_in(3)) to.negative_share = pick(chance, std::array{10U, 1U, 50U});
  if (chance.one_in(3)) to.cool_down = pick(chance, std::array<duration, 3>{10s, 15s, 30s});
  if (chance.one_in(3)) to.revalidation_interval = pick(chance, intervals);
  // Memory is what this is about: where it is switched off it is soon switched on again.
  const bool off = to.mode != proxy::mode::on;
  if (chance.one_in(off ? 1 : 6)) to.mode = off ? proxy::mode::on : proxy::mode::bypass;
}

}  // namespace

/// Some operations are left out of an episode, or come more often: what one hides another then shows.
climate climate_of(std::uint64_t seed) {
  random_source chance(seed);
  climate made;
  choose_freshness(chance, made.settings);
  made.settings.max_bytes = pick(chance, sizes);
  made.etags = chance.one_in(2);
  made.replicas = chance.one_in(4) ? 2 : 1;
  made.headers = tongue_of(chance);
  made.wishes = chance.one_in(2);
  made.settings.client_directives = !chance.one_in(4);
  made.settings.revalidation_interval = pick(chance, intervals);
  made.most_padding = pick(chance, std::array<std::uint32_t, 3>{50, 400, 1500});
  made.jwt_lives_for_s = 20 + chance.below(600);
  for (std::size_t i = 0; i < table.size(); ++i) {
    std::uint32_t weight = table[i].weight;
    if (i >= always && chance.one_in(6)) weight = 0;
    if (chance.one_in(6)) weight *= 4;
    made.weights.push_back(weight);
  }
  return made;
}

}  // namespace sidecache::simulation
