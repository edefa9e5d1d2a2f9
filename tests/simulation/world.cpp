#include "simulation/world.hpp"

#include "base/siphash.hpp"

namespace sidecache::simulation {
namespace {

process_keys keys_for_tests() {
  process_keys keys;
  keys.credential_key.fill(7);
  return keys;
}

}  // namespace

world::machine::machine(world& in, client::place at, proxy::tenure seat)
    : core(in.settings_of(at.replica), in.clock_, keys_for_tests(), std::move(seat)),
      origin(
          context.get_executor(),
          [&in, at](const proxy::upstream_request& request, const held_ptr& as) {
            as->replica = at.replica;
            as->life = at.life;
            in.arrives(request, as);
          },
          [&in](const held_request& cut) { in.is_cut(cut); }),
      handler(core, origin, observer, alarms, context.get_executor()) {}

world::world(std::uint64_t seed, bool telling)
    : climate_(climate_of(seed)),
      telling_(telling),
      truth_(clock_.now(), climate_.jwt_lives_for_s),
      teller_([this](client& who, const shown& what) { told(who, what); }) {
  make_requests();
  const auto same_place = [this](int who, int where, int other_who, int other) {
    return place_in_table(who, where) == place_in_table(other_who, other);
  };
  for (std::uint32_t i = 0; i < climate_.replicas; ++i) {
    replicas_.push_back(std::make_unique<replica>(ledger(truth_, climate_.settings, i, same_place)));
    replicas_[i]->gave.resize(truth_.credentials().size() * truth_.addresses().size());
    take_seat(i);
  }
}

world::~world() {
  for (std::uint32_t i = 0; i < climate_.replicas; ++i) {
    stop_retired(i);
    stop({i, replicas_[i]->life});
  }
}

/// The seats are taken in turns (proxy/tenure.hpp).
void world::take_seat(std::uint32_t at) {
  replica& its = *replicas_[at];
  proxy::tenure seat(its.page, its.life % 2);
  seat.take();
  its.runs = std::make_unique<machine>(*this, client::place{at, its.life}, std::move(seat));
}

/// Coroutines refer to clients, so the machine goes first; what they left in a client's signal refers to the machine's
/// context, so that goes before.
void world::stop(const client::place& at) {
  for (const auto& each : clients_)
    if (each->at == at) each->cut_off.slot().clear();
  (is_retired(at) ? replicas_[at.replica]->retires : replicas_[at.replica]->runs).reset();
  std::erase_if(clients_, [&](const std::unique_ptr<client>& each) { return each->at == at; });
}

void world::stop_retired(std::uint32_t at) {
  if (replicas_[at]->retires) stop({at, replicas_[at]->life - 1});
}

const std::optional<violation>& world::found() const {
  for (const auto& each : replicas_)
    if (each->book.found()) return each->book.found();
  return replicas_.front()->book.found();
}

const std::vector<held_ptr>& world::held() {
  if (replicas_.size() == 1 && !replicas_.front()->retires) return replicas_.front()->runs->origin.held();
  all_held_.clear();
  for (const auto& each : replicas_)
    for (const auto* worker : {each->retires.get(), each->runs.get()}) {
      if (worker == nullptr) continue;
      const auto& its = worker->origin.held();
      all_held_.insert(all_held_.end(), its.begin(), its.end());
    }
  return all_held_;
}

void world::step(const decision& d) {
  begin_step();
  name_ = d.c;
  perform(*this, d);
  run();
}

void world::pass(duration by) {
  clock_.advance(by);
  begin_step();
}

void world::step_wall(std::chrono::seconds by) {
  clock_.step_wall(by);
  begin_step();
}

void world::begin_step() {
  clock_.advance(1us);
  for (const auto& each : replicas_) each->book.step(clock_.now());
}

void world::run() {
  for (const auto& each : replicas_)
    for (auto* worker : {each->retires.get(), each->runs.get()}) {
      if (worker == nullptr) continue;
      worker->context.restart();
      worker->alarms.ring(clock_.now().mono);
      worker->context.poll();
    }
  std::erase_if(clients_, [this](const std::unique_ptr<client>& each) {
    if (!each->ended) return false;
    if (!each->left && each->answers + each->broken != 1)
      replicas_[each->at.replica]->book.fail(
          "P5", fmt::format("a client was answered {} times", each->answers + each->broken));
    return true;
  });
  for (const auto& each : replicas_) each->book.after_step(each->runs->core);
  for (const auto& each : clients_)
    if (each->looks_up && !each->left && !is_retired(each->at) && each->answers + each->broken == 0)
      replicas_[each->at.replica]->book.waits(each->asks);
}

void world::quiesce() {
  for (int round = 0; round < 12 && !clients_.empty(); ++round) {
    const std::vector<held_ptr> all = held();
    for (const auto& each : all) {
      begin_step();
      deliver(each);
      run();
    }
  }
  for (const auto& each : clients_)
    if (!each->left)
      return replicas_[each->at.replica]->book.fail(
          "P5", fmt::format("all has ended, and a client still waits for {}", each->request().target));
}

/// Computed when first asked for, which is rare. The same in every replica.
std::uint64_t world::place_in_table(int who, int where) {
  if (places_.empty())
    for (std::size_t i = 0; i < lookups_.size(); i += 2) {
      proxy::lookup of;
      proxy::last_partition last;
      replicas_.front()->runs->core.describe(lookups_[i], proxy::plan_request(lookups_[i], climate_.settings.prefixes),
                                             last, of);
      places_.push_back(siphash(keys_for_tests().table_key, of.key) % 4096);
    }
  return places_[static_cast<std::size_t>(who) * truth_.addresses().size() + where];
}

void world::pass_until(std::uint32_t at, int who, int where, std::uint32_t chance) {
  const auto left = replicas_[at]->book.fresh_for(who, where);
  if (!left) return;
  constexpr std::array<duration, 6> offsets{1ms, 0ms, -1ms, -100ms, -1s, -2s};
  const duration by = chance % 3 == 0 ? *left - *left / 40 : *left + offsets[chance / 3 % offsets.size()];
  if (by <= duration{}) return;
  tell("{} ms pass, almost as long as {} is fresh", by / 1ms, truth_.addresses()[where].path);
  pass(by);
}

void world::drop(const purge& what) {
  if (telling_) {
    std::string of = what.kind ? fmt::format(", of {}s", records::object_name(*what.kind)) : "";
    const auto add = [&](std::string_view name, const std::string& value) {
      if (!value.empty()) of += fmt::format(", {} {}", name, value);
    };
    add("slug", what.slug);
    add("uuid", what.uuid);
    add("integration", what.integration);
    if (what.workspace != 0) add("workspace", workspace_name(what.workspace));
    if (what.who >= 0) add("credential", std::to_string(what.who));
    tell("a {} purge{}", what.soft ? "soft" : "hard", of.empty() ? " of everything" : of);
  }
  cache::purge_order order{.kind = what.kind,
                           .slug = what.slug,
                           .uuid = what.uuid,
                           .integration = what.integration,
                           .workspace = what.workspace == 0 ? "" : workspace_name(what.workspace),
                           .soft = what.soft};
  for (const auto& each : replicas_) {
    if (what.who >= 0) {
      const credential& named = truth_.credentials()[what.who];
      order.partition = each->runs->core.partition_of({named.authorization, named.api_key});
    }
    each->book.purges(what);
    (void)each->runs->core.purge(order);
  }
}

void world::leave(client& who, bool cut_off) {
  tell("the client of {} leaves{}", who.request().target, cut_off ? " and is cut off" : "");
  who.left = true;
  if (!cut_off) return;
  who.cut_off.emit(asio::cancellation_type::terminal);
  if (!who.quick || who.goes_on) return;
  who.quick.reset();
  who.ended = true;
}

/// Those that are under way when their worker ends: some of them are applied all the same.
void world::give_up_writes(machine& by, std::uint32_t chance) {
  for (const auto& each : by.origin.held())
    if (each->write >= 0 && !each->processed) {
      if ((chance & 1U) != 0) truth_.write(each->who, truth_.mutations()[each->write], clock_.now().mono);
      chance >>= 1U;
    }
}

void world::restart(std::uint32_t at, std::uint32_t chance) {
  tell("{} restarts", at == 0 ? "sidecache" : "the other replica");
  replica& its = *replicas_[at];
  if (its.retires) give_up_writes(*its.retires, chance >> 8U);
  give_up_writes(*its.runs, chance);
  its.book.restarts();
  stop_retired(at);
  stop({at, its.life});
  its.page = std::make_shared<proxy::tenure_page>();
  ++its.life;
  take_seat(at);
}

/// A worker that was succeeded reads its settings too, as it may where somebody tells it to; it answers nothing by
/// them.
void world::reload(std::uint32_t at, proxy::settings to) {
  replica& its = *replicas_[at];
  if (telling_) {
    const auto& fresh = to.freshness;
    tell(
        "{} has other settings: ttl {} ms, stale {} ms while revalidating and {} s on error, {} routes, directives {}, "
        "{} bytes, cool-down {} ms",
        at == 0 ? "sidecache" : "the other replica", fresh.ttl / 1ms, fresh.stale_while_revalidate / 1ms,
        fresh.stale_if_error / 1s, to.routes.size(), to.client_directives ? "honoured" : "ignored", to.max_bytes,
        to.cool_down / 1ms);
  }
  // Nobody is at the settings that were in force: no coroutine keeps a reference across a wait, and all of them wait.
  for (auto* worker : {its.retires.get(), its.runs.get()})
    if (worker != nullptr) (void)worker->core.change(to);
  its.book.reloads(std::move(to));
}

void world::succeed(std::uint32_t at, std::uint32_t chance) {
  tell("a new worker succeeds{}", at == 0 ? "" : " in the other replica");
  replica& its = *replicas_[at];
  if (its.retires) {
    give_up_writes(*its.retires, chance);
    for (const auto& each : its.retires->origin.held())
      if (each->write >= 0) write_ends(*each, false);
    stop_retired(at);
  }
  its.retires = std::move(its.runs);
  ++its.life;
  take_seat(at);
  its.book.is_succeeded();
}

void world::apply_late(std::uint32_t chance) {
  if (late_.empty()) return;
  const auto at = static_cast<std::ptrdiff_t>(chance % late_.size());
  const auto [who, which] = late_[static_cast<std::size_t>(at)];
  late_.erase(late_.begin() + at);
  tell("the control plane applies {} late", truth_.mutations()[which].path);
  truth_.write(who, truth_.mutations()[which], clock_.now().mono);
}

}  // namespace sidecache::simulation
