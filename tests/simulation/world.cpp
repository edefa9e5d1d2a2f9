#include "simulation/world.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

namespace sidecache::simulation {
namespace {

process_keys keys_for_tests() {
  process_keys keys;
  keys.credential_key.fill(7);
  return keys;
}

}  // namespace

world::machine::machine(world& in, const proxy::settings& settings)
    : core(settings, in.clock_, keys_for_tests()),
      origin(
          context.get_executor(),
          [&in](const proxy::upstream_request& request, const held_ptr& as) { in.arrives(request, as); },
          [&in](const held_request& cut) { in.is_cut(cut); }),
      handler(core, origin, observer, alarms, context.get_executor()) {}

world::world(std::uint64_t seed, bool telling)
    : climate_(climate_of(seed)),
      telling_(telling),
      truth_(clock_.now(), climate_.jwt_lives_for_s),
      book_(truth_, climate_.settings),
      teller_([this](client& who, const shown& what) { told(who, what); }) {
  had_.resize(truth_.credentials().size() * truth_.addresses().size());
  make_requests();
  machine_ = std::make_unique<machine>(*this, climate_.settings);
}

world::~world() { stop(); }

/// Coroutines refer to clients, so the machine goes first; what they left in a client's signal refers to the machine's
/// context, so that goes before.
void world::stop() {
  for (const auto& each : clients_) each->cut_off.slot().clear();
  machine_.reset();
  clients_.clear();
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
  clock_.advance(1us);
  book_.step(clock_.now());
  name_ = d.c;
  perform(*this, d);
  run();
  book_.after_step(machine_->core);
}

void world::run() {
  machine_->context.restart();
  machine_->alarms.ring(clock_.now().mono);
  machine_->context.poll();
  std::erase_if(clients_, [this](const std::unique_ptr<client>& each) {
    if (!each->ended) return false;
    if (!each->left && each->answers + each->broken != 1)
      book_.fail("P5", fmt::format("a client was answered {} times", each->answers + each->broken));
    return true;
  });
}

void world::quiesce() {
  for (int round = 0; round < 12 && !clients_.empty(); ++round) {
    const std::vector<held_ptr> all = held();
    for (const auto& each : all) {
      clock_.advance(1us);
      book_.step(clock_.now());
      deliver(each);
      run();
      book_.after_step(machine_->core);
    }
  }
  for (const auto& each : clients_)
    if (!each->left)
      return book_.fail("P5", fmt::format("all has ended, and a client still waits for {}", each->request().target));
}

void world::start(std::unique_ptr<client> made) {
  if (auto ready = machine_->handler.answer_now(made->request())) {
    made->take(*ready);
    return;
  }
  client* const it = made.get();
  clients_.push_back(std::move(made));
  asio::co_spawn(machine_->context, machine_->handler.handle(*it),
                 asio::bind_cancellation_slot(it->cut_off.slot(), [this, it](const std::exception_ptr& failure) {
                   it->ended = true;
                   if (failure && !it->left) book_.fail("P5", "a request ended by an exception");
                 }));
}

void world::look_up(int who, int where, bool head_only, bool conditional) {
  const std::size_t n = (static_cast<std::size_t>(who) * truth_.addresses().size() + where) * 2 + (head_only ? 1 : 0);
  tell("credential {} looks {} up{}", who, truth_.addresses()[where].path, head_only ? " by HEAD" : "");
  const had& last = had_[n / 2];
  if (conditional && last.serial != 0) {
    tell("  if it is not {} any more", last.etag);
    auto own = std::make_unique<http::request_head>(lookups_[n]);
    own->fields.add("If-None-Match", last.etag);
    asking what = book_.asks(who, where, head_only);
    what.has = last.serial;
    return start(std::make_unique<client>(std::move(own), what, name_, teller_));
  }
  start(std::make_unique<client>(lookups_[n], true, book_.asks(who, where, head_only), name_, teller_));
}

void world::write(int who, int which) {
  const mutation& m = truth_.mutations()[which];
  tell("credential {} writes: {} {}", who, m.method, m.path);
  start(std::make_unique<client>(writes_[static_cast<std::size_t>(who) * truth_.mutations().size() + which], false,
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
  book_.answered(who.asks, what);
  const auto tag = what.head.find("\r\nETag: ");
  if (what.status != 200 || tag == std::string_view::npos) return;
  const auto value = what.head.substr(tag + 8);
  had& now = had_[static_cast<std::size_t>(who.asks.who) * truth_.addresses().size() + who.asks.where];
  now = {book_.serial_of(what.head), std::string(value.substr(0, value.find('\r')))};
}

void world::purge(const std::string& ident, bool soft) {
  tell("{} purge of {}", soft ? "a soft" : "a hard", ident.empty() ? "everything" : ident);
  book_.purges(truth_.named(ident), !soft);
  cache::purge_order order{.soft = soft};
  (http::is_uuid(ident) ? order.uuid : order.slug) = ident;
  (void)machine_->core.purge(order);
}

void world::leave(client& who, bool cut_off) {
  tell("the client of {} leaves{}", who.request().target, cut_off ? " and is cut off" : "");
  who.left = true;
  if (cut_off) who.cut_off.emit(asio::cancellation_type::terminal);
}

void world::restart(std::uint32_t chance) {
  tell("sidecache restarts");
  for (const auto& each : held())
    if (each->write >= 0 && !each->processed) {
      if ((chance & 1U) != 0) truth_.write(each->who, truth_.mutations()[each->write], clock_.now().mono);
      chance >>= 1U;
    }
  book_.restarts();
  stop();
  machine_ = std::make_unique<machine>(*this, climate_.settings);
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
