#include "simulation/world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "base/siphash.hpp"

namespace sidecache::simulation {
namespace {

process_keys keys_for_tests() {
  process_keys keys;
  keys.credential_key.fill(7);
  return keys;
}

std::string value_in(std::string_view head, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(start);
  if (at == std::string_view::npos) return {};
  const auto value = head.substr(at + start.size());
  return std::string(value.substr(0, value.find('\r')));
}

}  // namespace

world::machine::machine(world& in, std::uint32_t replica)
    : core(in.climate_.settings, in.clock_, keys_for_tests()),
      origin(
          context.get_executor(),
          [&in, replica](const proxy::upstream_request& request, const held_ptr& as) {
            as->replica = replica;
            in.arrives(request, as);
          },
          [&in](const held_request& cut) { in.is_cut(cut); }),
      handler(core, origin, observer, context.get_executor()) {}

world::world(std::uint64_t seed, bool telling)
    : climate_(climate_of(seed)),
      telling_(telling),
      truth_(clock_.now(), climate_.jwt_lives_for_s),
      teller_([this](client& who, const shown& what) { told(who, what); }) {
  make_requests();
  const auto same_place = [this](int who, int where, int other_who, int other) {
    return place_of(who, where) == place_of(other_who, other);
  };
  for (std::uint32_t i = 0; i < climate_.replicas; ++i) {
    replicas_.push_back(std::make_unique<replica>(ledger(truth_, climate_.settings, i, same_place)));
    replicas_[i]->gave.resize(truth_.credentials().size() * truth_.addresses().size());
    replicas_[i]->runs = std::make_unique<machine>(*this, i);
  }
}

world::~world() {
  for (std::uint32_t i = 0; i < climate_.replicas; ++i) stop(i);
}

/// Coroutines refer to clients, so the machine goes first; what they left in a client's signal refers to the machine's
/// context, so that goes before.
void world::stop(std::uint32_t replica) {
  for (const auto& each : clients_)
    if (each->replica == replica) each->cut_off.slot().clear();
  replicas_[replica]->runs.reset();
  std::erase_if(clients_, [&](const std::unique_ptr<client>& each) { return each->replica == replica; });
}

const std::optional<violation>& world::found() const {
  for (const auto& each : replicas_)
    if (each->book.found()) return each->book.found();
  return replicas_.front()->book.found();
}

const std::vector<held_ptr>& world::held() {
  if (replicas_.size() == 1) return replicas_.front()->runs->origin.held();
  all_held_.clear();
  for (const auto& each : replicas_) {
    const auto& its = each->runs->origin.held();
    all_held_.insert(all_held_.end(), its.begin(), its.end());
  }
  return all_held_;
}

http::request_head world::request_of(int who, std::string_view path, std::string_view method) const {
  const credential& c = truth_.credentials()[who];
  http::request_head head;
  head.method_name = method;
  head.method = http::method_from(method);
  head.target = path;
  if (!c.authorization.empty()) head.fields.add("authorization", c.authorization);
  if (!c.api_key.empty()) head.fields.add("x-portkey-api-key", c.api_key);
  return head;
}

void world::make_requests() {
  for (std::size_t who = 0; who < truth_.credentials().size(); ++who) {
    for (const address& at : truth_.addresses())
      for (const auto* method : {"GET", "HEAD"}) {
        auto head = request_of(static_cast<int>(who), at.path, method);
        if (at.by_header) head.fields.add("x-portkey-workspace", std::to_string(at.workspace));
        lookups_.push_back(std::move(head));
      }
    for (const mutation& m : truth_.mutations()) {
      auto head = request_of(static_cast<int>(who), m.path, m.method);
      head.body = http::framing::length;
      head.content_length = 2;
      writes_.push_back(std::move(head));
    }
  }
}

void world::step(const decision& d) {
  begin_step();
  name_ = d.c;
  perform(*this, d);
  run();
}

void world::begin_step() {
  clock_.advance(1us);
  for (const auto& each : replicas_) each->book.step(clock_.now());
}

void world::run() {
  for (const auto& each : replicas_) {
    each->runs->context.restart();
    each->runs->context.poll();
  }
  std::erase_if(clients_, [this](const std::unique_ptr<client>& each) {
    if (!each->ended) return false;
    if (!each->left && each->answers + each->broken != 1)
      replicas_[each->replica]->book.fail("P5",
                                          fmt::format("a client was answered {} times", each->answers + each->broken));
    return true;
  });
  for (const auto& each : replicas_) each->book.after_step(each->runs->core);
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
      return replicas_[each->replica]->book.fail(
          "P5", fmt::format("all has ended, and a client still waits for {}", each->request().target));
}

void world::start(std::unique_ptr<client> made) {
  machine& by = *replicas_[made->replica]->runs;
  if (auto ready = by.handler.answer_now(made->request())) {
    made->take(*ready);
    return;
  }
  client* const it = made.get();
  clients_.push_back(std::move(made));
  asio::co_spawn(by.context, by.handler.handle(*it),
                 asio::bind_cancellation_slot(it->cut_off.slot(), [this, it](const std::exception_ptr& failure) {
                   it->ended = true;
                   if (failure && !it->left) replicas_[it->replica]->book.fail("P5", "a request ended by an exception");
                 }));
}

void world::look_up(std::uint32_t at, int who, int where, const manner& how) {
  replica& by = *replicas_[at];
  const std::size_t key = static_cast<std::size_t>(who) * truth_.addresses().size() + where;
  const http::request_head& plain = lookups_[key * 2 + (how.head_only ? 1 : 0)];
  tell("credential {} looks {} up{}{}", who, truth_.addresses()[where].path, how.head_only ? " by HEAD" : "",
       at == 0 ? "" : " at the other replica");
  const bool conditional = how.conditional && by.gave[key].serial != 0;
  if (!conditional && !how.wishing)
    return start(
        std::make_unique<client>(at, plain, true, by.book.asks(who, where, how.head_only, {}, {}), name_, teller_));
  auto own = std::make_unique<http::request_head>(plain);
  const condition if_changed = conditional ? conditions(*how.conditional, by.gave[key], own->fields) : condition{};
  const wishes wants = how.wishing ? wish(*how.wishing, own->fields) : wishes{};
  if (telling_)
    for (const auto& each : own->fields)
      if (!plain.fields.contains(each.name)) tell("  {}: {}", each.name, each.value);
  const asking what = by.book.asks(who, where, how.head_only, wants, if_changed);
  start(std::make_unique<client>(at, std::move(own), what, name_, teller_));
}

void world::write(std::uint32_t at, int who, int which) {
  const mutation& m = truth_.mutations()[which];
  tell("credential {} writes: {} {}{}", who, m.method, m.path, at == 0 ? "" : " through the other replica");
  start(std::make_unique<client>(at, writes_[static_cast<std::size_t>(who) * truth_.mutations().size() + which], false,
                                 asking{}, name_, teller_));
}

void world::told(client& who, const shown& what) {
  if (telling_) {
    const auto status = what.extra.empty() ? what.head : what.extra;
    const auto at = status.find("Cache-Status: ");
    const auto text = at == std::string_view::npos ? "" : status.substr(at, status.find('\r', at) - at);
    const auto serial = what.head.find("X-Answer: ");
    tell("  a client gets {} for {}: {} {}", what.status, who.request().target,
         serial == std::string_view::npos ? "" : what.head.substr(serial, what.head.find('\r', serial) - serial), text);
  }
  if (!who.looks_up) return;
  replica& by = *replicas_[who.replica];
  by.book.answered(who.asks, what);
  if (what.status != 200) return;
  had& now = by.gave[static_cast<std::size_t>(who.asks.who) * truth_.addresses().size() + who.asks.where];
  now.etag = value_in(what.head, "ETag");
  now.serial = now.etag.empty() ? 0 : ledger::serial_of(what.head);
  now.last_modified = value_in(what.head, "Last-Modified");
  const note* const given = by.book.serial(now.serial);
  now.changed = given == nullptr || now.last_modified.empty() ? std::nullopt : std::optional(given->changed);
  if (given != nullptr && given->status == 304) now.serial = ledger::serial_of(what.head, "X-Bytes");
}

/// Computed when first asked for, which is rare. The same in every replica.
std::uint64_t world::place_of(int who, int where) {
  if (places_.empty())
    for (std::size_t i = 0; i < lookups_.size(); i += 2) {
      proxy::lookup of;
      replicas_.front()->runs->core.describe(lookups_[i], proxy::plan_request(lookups_[i], climate_.settings.prefixes),
                                             of);
      places_.push_back(siphash(keys_for_tests().table_key, of.key) % 4096);
    }
  return places_[static_cast<std::size_t>(who) * truth_.addresses().size() + where];
}

const std::vector<const asking*>& world::waiting_for(const held_request& request) {
  waiting_.clear();
  for (const auto& each : clients_)
    if (each->replica == request.replica && each->looks_up && each->asks.who == request.who &&
        each->asks.where == request.where && each->answers + each->broken == 0)
      waiting_.push_back(&each->asks);
  return waiting_;
}

void world::crowd(std::uint32_t at, int who, int where) {
  if (!replicas_[at]->book.fresh_for(who, where)) return;
  tell("a crowd:");
  for (int i = 0; i < 12; ++i) look_up(at, who, where, {});
}

void world::pass_until(std::uint32_t at, int who, int where, std::uint32_t chance) {
  const auto left = replicas_[at]->book.fresh_for(who, where);
  if (!left) return;
  constexpr std::array<duration, 6> offsets{1ms, 0ms, -1ms, -100ms, -1s, -2s};
  const duration by = chance % 3 == 0 ? *left - *left / 40 : *left + offsets[chance / 3 % offsets.size()];
  if (by <= duration{}) return;
  tell("{} ms pass, almost as long as {} is fresh", by / 1ms, truth_.addresses()[where].path);
  clock_.advance(by);
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
  if (cut_off) who.cut_off.emit(asio::cancellation_type::terminal);
}

void world::restart(std::uint32_t at, std::uint32_t chance) {
  tell("{} restarts", at == 0 ? "sidecache" : "the other replica");
  for (const auto& each : replicas_[at]->runs->origin.held())
    if (each->write >= 0 && !each->processed) {
      if ((chance & 1U) != 0) truth_.write(each->who, truth_.mutations()[each->write], clock_.now().mono);
      chance >>= 1U;
    }
  replicas_[at]->book.restarts();
  stop(at);
  replicas_[at]->runs = std::make_unique<machine>(*this, at);
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
