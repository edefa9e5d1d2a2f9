// What becomes of a request at the control plane and on its way back: the half of the world behind the origin.
#include <charconv>

#include "http/http_date.hpp"
#include "simulation/world.hpp"

namespace sidecache::simulation {

using proxy::failure_kind;

namespace {

constexpr std::array<std::string_view, world::mishaps> mishap_names{"no answer in time",
                                                                    "connection reset",
                                                                    "not sent",
                                                                    "no TLS",
                                                                    "503",
                                                                    "an HTML page",
                                                                    "403 of a firewall",
                                                                    "429",
                                                                    "too large",
                                                                    "418",
                                                                    "dies",
                                                                    "cut off in the middle"};

std::uint32_t validated(const http::fields& fields) {
  const auto tag = fields.find("if-none-match").value_or("");
  std::uint32_t serial = 0;
  if (!tag.starts_with("\"s")) return 0;
  if (tag.size() > 3) std::from_chars(tag.data() + 2, tag.data() + tag.size() - 1, serial);
  return serial;
}

bool is_read(const held_request& request) { return request.where >= 0; }

}  // namespace

int world::who_asks(const http::fields& fields) const {
  const auto authorization = fields.find("authorization").value_or("");
  const auto key = fields.find("x-portkey-api-key").value_or("");
  for (std::size_t i = 0; i < truth_.credentials().size(); ++i) {
    const credential& c = truth_.credentials()[i];
    if (c.authorization == authorization && c.api_key == key) return static_cast<int>(i);
  }
  return -1;
}

int world::where_asked(const proxy::upstream_request& request) const {
  const bool by_header = request.fields.contains("x-portkey-workspace");
  for (std::size_t i = 0; i < truth_.addresses().size(); ++i) {
    const address& at = truth_.addresses()[i];
    if (at.path == request.target && at.by_header == by_header) return static_cast<int>(i);
  }
  return -1;
}

void world::arrives(const proxy::upstream_request& request, const held_ptr& as) {
  as->who = who_asks(request.fields);
  if (http::is_safe(request.method)) {
    as->where = where_asked(request);
  } else {
    for (std::size_t i = 0; i < truth_.mutations().size(); ++i)
      if (truth_.mutations()[i].path == request.target && truth_.mutations()[i].method == request.method_name)
        as->write = static_cast<int>(i);
  }
  as->asked = of(*as).book.seq();
  as->name = name_;
  as->sent = clock_.now().mono;
  as->validates = validated(request.fields);
  as->by_tag = request.fields.contains("if-none-match");
  if (const auto since = request.fields.find("if-modified-since")) as->since = http::parse_http_date(*since, {});
  ledger& book = of(*as).book;
  const note* const confirmed = book.serial(as->validates);
  if (!as->relayed && request.fields.contains("if-none-match") &&
      (confirmed == nullptr || confirmed->who != as->who || confirmed->where != as->where || confirmed->landed == 0))
    book.fail("P1", "the control plane was sent a tag that it never gave for this");
  if (as->who < 0 || (as->where < 0 && as->write < 0)) {
    book.fail("P1", "the control plane was asked something that no client asked: " + request.target);
    as->failure = proxy::failure{failure_kind::connect, false, "nobody"};
    return;
  }
  if (as->write >= 0) book.write_begins(truth_.touched_by(as->who, truth_.mutations()[as->write]));
  if (is_read(*as) && !as->relayed && is_retired(place_of(*as)))
    book.fail("P2", "a worker that was succeeded shares what it asks for");
  if (is_read(*as) && !as->relayed) {
    under_way_.clear();
    for (const auto& other : machine_of(place_of(*as)).origin.held())
      if (is_read(*other) && !other->relayed) under_way_.push_back({other->who, other->where, other->asked});
    as->fetched =
        book.fetch_begins(as->who, as->where, under_way_, waiting_for(*as), machine_of(place_of(*as)).core.figures());
  }
  if (!gone_) return;
  as->failure = proxy::failure{failure_kind::connect, false, "gone"};
  ends(*as, 0, news::unreachable);
}

void world::process(const held_ptr& request, std::uint32_t chance) {
  ledger& book = of(*request).book;
  const mono_time now = clock_.now().mono;
  if (request->write >= 0) {
    request->processed = true;
    request->status = truth_.write(request->who, truth_.mutations()[request->write], now);
    tell("the control plane says {} to {}", request->status, truth_.mutations()[request->write].path);
    return;
  }
  flavour how;
  if (chance % 2 == 1)  // by less than the shortest cool-down that there ever is
    how.lag = std::chrono::milliseconds{(chance >> 8U) % static_cast<std::uint32_t>(climate_.settings.cool_down / 1ms)};
  how.etag = climate_.etags && chance % 4 != 0;
  how.last_modified = climate_.headers.last_modified && chance % 3 != 0;
  how.speaks = speak(climate_.headers, chance, truth_.wall_at(now));
  how.padding = (chance >> 4U) % climate_.most_padding;
  const control_plane::validators sent{book.serial(request->validates), request->by_tag, request->since};
  const said answer = truth_.read(request->who, request->where, now, how, sent, book.next_serial());
  request->processed = true;
  request->status = answer.status;
  request->serial = answer.serial;
  book.add(answer, request->asked, request->sent, request->fetched);
  tell("the control plane says {} to credential {} about {} (answer {}, {} ms behind)", answer.status, request->who,
       truth_.addresses()[request->where].path, answer.serial, how.lag / 1ms);
}

void world::give(held_request& to, unsigned status, std::string_view type, std::string body) {
  proxy::upstream_answer answer;
  answer.head.status = status;
  if (!type.empty()) answer.head.fields.add("Content-Type", type);
  answer.head.body = http::framing::length;
  answer.head.content_length = body.size();
  answer.body = std::move(body);
  to.answer = std::move(answer);
}

void world::deliver(const held_ptr& request) {
  if (!request->processed) process(request, 0);
  if (request->write >= 0) {
    give(*request, request->status, "application/json", R"({"done":"really"})");
    tell("  and that arrives");
    if (request->status < 400) ends(*request, 0, news::answer);
  } else {
    const note& said = *of(*request).book.serial(request->serial);
    give(*request, said.status, "application/json", said.status == 304 ? std::string{} : *said.body);
    auto& fields = request->answer->head.fields;
    fields.add("X-Answer", std::to_string(said.serial));
    if (said.has_etag) fields.add("ETag", fmt::format("\"s{}\"", said.confirms != 0 ? said.confirms : said.serial));
    if (said.status == 200) fields.add("X-Bytes", std::to_string(said.serial));
    say(said.speaks, fields);
    tell("  answer {} arrives", said.serial);
    ends(*request, said.serial, news::answer);
  }
  machine_of(place_of(*request)).origin.release(request);
}

/// Before the one who waits for it goes on.
void world::ends(const held_request& done, std::uint32_t serial, news what) {
  if (done.write >= 0) {
    if (what == news::answer) write_ends(done, true);
    if (what == news::unreachable && (!done.failure || done.failure->sent)) write_ends(done, false);
  } else if (done.relayed) {
    of(done).book.passes(done.who, done.where, serial);
  } else {
    replica& by = of(done);
    if (is_retired(place_of(done))) {
      by.book.lands_for_waiters(done.who, done.where, serial, what);
    } else {
      by.book.lands(done.who, done.where, serial, what, by.runs->core.figures());
    }
  }
}

void world::write_ends(const held_request& done, bool applied) {
  const touched all = truth_.touched_by(done.who, truth_.mutations()[done.write]);
  for (std::uint32_t i = 0; i < climate_.replicas; ++i) {
    if (i == done.replica) {
      replicas_[i]->book.write_ends(all, applied);
      if (is_retired(place_of(done)) && all.perhaps_more) replicas_[i]->book.owes_catching_up();
    } else if (applied) {
      replicas_[i]->book.written_elsewhere(all);
    }
  }
}

void world::is_cut(const held_request& cut) {
  if (cut.write < 0) return;
  write_ends(cut, false);
  if (!cut.processed) late_.emplace_back(cut.who, cut.write);
}

void world::fail(const held_ptr& request, mishap how, std::uint32_t chance) {
  using enum mishap;
  tell("{} {}: {}", request->write >= 0 ? "the write of" : "the read of",
       request->write >= 0 ? truth_.mutations()[request->write].path : truth_.addresses()[request->where].path,
       mishap_names[static_cast<std::size_t>(how)]);
  if (how == cut_off && request->relayed) return cut_short(request);
  if (how == not_sent && request->processed) how = reset;
  if (request->write >= 0 && (how == too_large || how == dies)) how = timeout;
  if (request->relayed && (how == too_large || how == dies)) how = reset;
  news what = news::unreachable;
  const auto broken = [&](failure_kind kind, bool sent) { request->failure = proxy::failure{kind, sent, "scripted"}; };
  switch (how) {
    case timeout:
      broken(failure_kind::timeout, true);
      break;
    case reset:
    case cut_off:
      broken(failure_kind::reset, true);
      break;
    case not_sent:
      broken(failure_kind::connect, false);
      break;
    case tls:
      broken(failure_kind::tls, request->processed);
      break;
    case unavailable:
      give(*request, 503, "application/json", R"({"success":false,"data":{"message":"down"}})");
      break;
    case html:
      give(*request, 200, "text/html", "<html>a page</html>");
      what = request->write >= 0 ? news::answer : news::doubtful;
      break;
    case foreign_denial:
      give(*request, 403, "text/html", "<html>blocked</html>");
      what = news::doubtful;
      break;
    case throttled:
      give(*request, 429, "application/json", R"({"success":false})");
      request->answer->head.fields.add("Retry-After", std::to_string(chance % 20));
      if (is_read(*request) && !request->relayed && !is_retired(place_of(*request)))
        of(*request).book.pauses(request->who, std::chrono::seconds{chance % 20});
      what = news::doubtful;
      break;
    case too_large:
      broken(failure_kind::too_large, true);
      what = news::too_large;
      break;
    case teapot:
      give(*request, 418, "application/json", R"({"tea":true})");
      what = news::other;
      break;
    case dies:
      request->dies = true;
      what = news::died;
      break;
  }
  const bool applied_late = request->write >= 0 && !request->processed && request->failure && request->failure->sent;
  if (applied_late && chance % 2 == 0) late_.emplace_back(request->who, request->write);
  ends(*request, 0, what);
  machine_of(place_of(*request)).origin.release(request);
}

/// A relayed answer whose head comes, and not all of its body.
void world::cut_short(const held_ptr& request) {
  if (!request->processed) process(request, 0);
  give(*request, request->status, "application/json", R"({"success":true,"data":{"half of it":"is not here"}})");
  request->breaks_after = 9;
  ends(*request, 0, request->write >= 0 && request->status >= 400 ? news::doubtful : news::answer);
  machine_of(place_of(*request)).origin.release(request);
}

}  // namespace sidecache::simulation
