// What clients ask, and what they are told: the half of the world in front of sidecache.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>

#include "proxy/at_once.hpp"
#include "simulation/world.hpp"

namespace sidecache::simulation {
namespace {

std::string value_in(std::string_view head, std::string_view name) {
  const std::string start = "\r\n" + std::string(name) + ": ";
  const auto at = head.find(start);
  if (at == std::string_view::npos) return {};
  const auto value = head.substr(at + start.size());
  return std::string(value.substr(0, value.find('\r')));
}

}  // namespace

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

void world::start(std::unique_ptr<client> made) {
  machine& by = machine_of(made->at);
  if (auto ready = tests::answer_at_once(by.handler, made->request(), made->name % 2 == 0, made->by_block)) {
    made->take(*ready);
    return;
  }
  client& it = *made;
  clients_.push_back(std::move(made));
  if (!wait_quickly(by, it)) spawn(by, it, by.handler.handle(it));
}

void world::spawn(machine& by, client& it, asio::awaitable<void> handling) {
  asio::co_spawn(by.context, std::move(handling),
                 asio::bind_cancellation_slot(it.cut_off.slot(), [this, &it](const std::exception_ptr& failure) {
                   it.ended = true;
                   if (failure && !it.left)
                     replicas_[it.at.replica]->book.fail("P5", "a request ended by an exception");
                 }));
}

class world::quick_waiter final : public proxy::answer_waiter {
 public:
  quick_waiter(world& of, machine& by, client& it) : world_(of), by_(by), it_(it) {}
  void answer_came() override { world_.came_quickly(by_, it_); }

 private:
  world& world_;
  machine& by_;
  client& it_;
};

bool world::wait_quickly(machine& by, client& it) {
  if (!it.by_block) return false;
  std::string block;
  it.request().fields.serialize(block);
  it.quick = by.handler.pass_known(it.request().target, block.append("\r\n"), *it.by_block,
                                   std::make_shared<quick_waiter>(*this, by, it));
  return it.quick != nullptr;
}

void world::came_quickly(machine& by, client& it) {
  std::string head;
  if (const auto whole = it.quick->take(head)) {
    it.take_quick(head, *whole);
    it.ended = true;
  } else {
    it.goes_on = true;
    spawn(by, it, it.quick->go_on(it));
  }
}

client::place world::choose_place(std::uint32_t at, bool retiring) const {
  const replica& its = *replicas_[at];
  return {at, retiring && its.retires ? its.life - 1 : its.life};
}

void world::look_up(std::uint32_t in, int who, int where, const manner& how) {
  replica& by = *replicas_[in];
  const client::place at = choose_place(in, how.retiring);
  if (!is_retired(at)) by.book.catches_up();
  const std::size_t key = static_cast<std::size_t>(who) * truth_.addresses().size() + where;
  const http::request_head& plain = lookups_[key * 2 + (how.head_only ? 1 : 0)];
  tell("credential {} looks {} up{}{}", who, truth_.addresses()[where].path, how.head_only ? " by HEAD" : "",
       is_retired(at) ? " at the old worker"
       : in == 0      ? ""
                      : " at the other replica");
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

void world::write(std::uint32_t in, int who, int which, bool retiring) {
  const client::place at = choose_place(in, retiring);
  const mutation& m = truth_.mutations()[which];
  tell("credential {} writes: {} {}{}", who, m.method, m.path,
       is_retired(at) ? " through the old worker"
       : in == 0      ? ""
                      : " through the other replica");
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
  replica& by = *replicas_[who.at.replica];
  by.book.answered(who.asks, what, is_retired(who.at));
  if (what.status != 200) return;
  had& now = by.gave[static_cast<std::size_t>(who.asks.who) * truth_.addresses().size() + who.asks.where];
  now.etag = value_in(what.head, "ETag");
  now.serial = now.etag.empty() ? 0 : ledger::serial_of(what.head);
  now.last_modified = value_in(what.head, "Last-Modified");
  const note* const given = by.book.serial(now.serial);
  now.changed = given == nullptr || now.last_modified.empty() ? std::nullopt : std::optional(given->changed);
  if (given != nullptr && given->status == 304) now.serial = ledger::serial_of(what.head, "X-Bytes");
}

const std::vector<const asking*>& world::waiting_for(const held_request& request) {
  waiting_.clear();
  for (const auto& each : clients_)
    if (each->at == place_of(request) && each->looks_up && each->asks.who == request.who &&
        each->asks.where == request.where && each->answers + each->broken == 0)
      waiting_.push_back(&each->asks);
  return waiting_;
}

void world::crowd(std::uint32_t at, int who, int where, std::uint32_t size) {
  const bool fresh = replicas_[at]->book.fresh_for(who, where).has_value();
  tell("a crowd:");
  for (std::uint32_t i = 0; i < (fresh ? size : 1); ++i) look_up(at, who, where, {});
}

}  // namespace sidecache::simulation
