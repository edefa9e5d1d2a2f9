#include "simulation/control_plane.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::simulation {
namespace {

constexpr std::array<std::string_view, 4> standing_names{"active", "exhausted", "expired", "archived"};

/// The three shapes of an error (control-plane.md §4).
std::string denial(unsigned status, std::uint32_t serial) {
  switch (serial / 2 % 3) {
    case 0:
      return fmt::format(R"({{"success":false,"data":{{"message":"#{}#"}}}})", serial);
    case 1:
      return fmt::format(R"({{"status_code":{},"error":{{"message":"#{}#","code":"AB0"}},"success":false}})", status,
                         serial);
    default:
      return fmt::format(R"({{"errorCode":"AB0","message":"#{}#"}})", serial);
  }
}

void add_text(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":\"").append(value).append("\"");
}

}  // namespace

std::string date_time(wall_time at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count());
}

int control_plane::find(std::string_view ident, bool integration, int workspace) const {
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const slot& s = slots_[i];
    if (s.integration != integration) continue;
    if (s.uuid == ident || (s.slug == ident && s.workspace == workspace)) return static_cast<int>(i);
  }
  return -1;
}

int control_plane::resolve(int who, const address& where) const {
  const int workspace = where.workspace != 0 ? where.workspace : credentials_[who].workspace;
  return find(where.ident, where.kind == records::kind::integration, workspace);
}

const version& control_plane::seen(const slot& of, mono_time at) const {
  for (auto v = of.history.rbegin(); v != of.history.rend(); ++v)
    if (v->since <= at) return *v;
  return of.history.front();
}

rights control_plane::rights_of(int who, mono_time now) const {
  const credential& c = credentials_[who];
  return wall_at(now) >= c.expires ? rights::revoked : c.may;
}

wall_time version::next_reset(wall_time now) const {
  if (resets_every == 0s || resets_at > now) return resets_at;
  return resets_at + ((now - resets_at) / resets_every + 1) * resets_every;
}

/// A record that expired shows another status from then on, one whose usage was reset another time of the next reset.
wall_time control_plane::changed(const version& v, mono_time now) const {
  wall_time last = wall_at(v.since);
  if (wall_at(now) >= v.expires_at) last = std::max(last, v.expires_at);
  if (v.resets_every > 0s && wall_at(now) >= v.resets_at)
    last = std::max(last, v.next_reset(wall_at(now)) - v.resets_every);
  return std::chrono::floor<std::chrono::seconds>(last);
}

/// A date of whole seconds tells versions apart only where no two were made within one (RFC 9110 §8.8.2.2): else a
/// careful origin sends none.
bool control_plane::is_told_by_its_date(const slot& of, const version& v, mono_time now) const {
  const wall_time at = changed(v, now);
  const auto within = [&](wall_time when) { return when >= at && when < at + 1s; };
  return std::ranges::none_of(of.history, [&](const version& other) {
    const bool reset_then = other.resets_every > 0s && within(other.next_reset(at) - other.resets_every);
    return other.number != v.number && (within(wall_at(other.since)) || within(other.expires_at) || reset_then);
  });
}

said control_plane::read(int who, int where, mono_time now, const flavour& how, const validators& sent,
                         std::uint32_t serial) const {
  const address& at = addresses_[where];
  said out{.serial = serial, .who = who, .where = where, .record = resolve(who, at)};
  out.speaks = how.speaks;
  const rights may = rights_of(who, now);
  const version* v = out.record < 0 ? nullptr : &seen(slots_[out.record], now - how.lag);
  if (may != rights::granted || v == nullptr || !v->exists) {
    out.status = may == rights::revoked ? 401 : may == rights::forbidden ? 403 : 404;
    out.body = std::make_shared<const std::string>(denial(out.status, serial));
    return out;
  }
  out.status = 200;
  out.is_record = true;
  out.version_number = v->number;
  out.status_shown = wall_at(now) >= v->expires_at ? standing::expired : v->status;
  out.unreadable_deadline = v->unreadable_deadline;
  if (!v->unreadable_deadline) out.expires_at = v->expires_at;
  out.resets_at = v->next_reset(wall_at(now));
  const slot& s = slots_[out.record];
  out.changed = changed(*v, now);
  const bool dated = is_told_by_its_date(s, *v, now);
  if (how.last_modified && dated) out.speaks.last_modified = out.changed;
  if (!sent.by_tag && sent.since && dated && *sent.since == out.changed) {
    out.status = 304;
    return out;
  }
  out.has_etag = how.etag;
  if (const said* known = sent.confirmable;
      known != nullptr && known->who == who && known->where == where && known->version_number == out.version_number &&
      known->status_shown == out.status_shown && known->resets_at == out.resets_at && known->changed == out.changed) {
    out.status = 304;
    out.confirms = known->serial;
    out.body = known->body;
    return out;
  }
  std::string body = fmt::format(R"({{"object":"{}","slug":"{}","status":"{}")", records::object_name(at.kind), s.slug,
                                 standing_names[static_cast<std::size_t>(out.status_shown)]);
  if (s.shows_id) add_text(body, "id", s.uuid);
  if (s.shows_workspace) add_text(body, "workspace_id", workspace_name(s.workspace));
  if (s.parent >= 0 && s.shows_parent != slot::parent_shown::nothing)
    add_text(body, "integration_id",
             s.shows_parent == slot::parent_shown::by_slug ? slots_[s.parent].slug : slots_[s.parent].uuid);
  if (out.unreadable_deadline) add_text(body, "expires_at", "soon");
  if (out.expires_at != wall_time::max()) add_text(body, "expires_at", date_time(out.expires_at));
  if (out.resets_at != wall_time::max()) {
    const std::string limits = R"([{"next_usage_reset_at":")" + date_time(out.resets_at) + "\"}]";
    // An array of at most one, or that one itself (control-plane.md §2).
    if (s.integration)
      body += R"(,"global_workspace_access_settings":{"enabled":true,"usage_limits":)" + limits + "}";
    else
      body += R"(,"usage_limits":)" + (serial / 2 % 2 == 0 ? limits : limits.substr(1, limits.size() - 2));
  }
  add_text(body, "name", fmt::format("#{}# for {}", serial, who));
  add_text(body, "note", std::string(how.padding, 'x'));
  body += "}";
  if (at.on_data_plane()) body = R"({"success":true,"data":)" + body + "}\n";
  out.body = std::make_shared<const std::string>(std::move(body));
  return out;
}

version& control_plane::renew(int record, mono_time now) {
  auto& history = slots_[record].history;
  version next = history.back();
  next.number = ++versions_;
  next.since = now;
  if (history.size() >= 16) history.erase(history.begin());
  return history.emplace_back(next);
}

/// A key's answer hangs on its integration.
void control_plane::renew_with_keys(int record, mono_time now) {
  renew(record, now);
  for (std::size_t i = 0; i < slots_.size(); ++i)
    if (slots_[i].parent == record) renew(static_cast<int>(i), now);
}

touched control_plane::touched_by(int who, const mutation& write) const {
  using enum change;
  touched out;
  const int workspace = credentials_[who].workspace;
  const bool of_integration = write.what <= put_models || write.what == create_integration;
  const int record = find(write.ident, of_integration, workspace);
  const auto every = [&](auto wanted) {
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if (wanted(slots_[i])) bits |= 1U << i;
    return bits;
  };
  const std::uint32_t itself = record < 0 ? 0 : 1U << static_cast<unsigned>(record);
  const std::uint32_t keys = record < 0 ? 0 : every([&](const slot& s) { return s.parent == record; });
  out.absences = itself;
  out.perhaps_more = write.what != elsewhere;
  switch (write.what) {
    case put_workspaces:
      out.negatives[1] = true;
      [[fallthrough]];
    case put_integration:
    case delete_integration:
      out.slots = itself | keys;
      break;
    case put_models:
      out.slots = itself;
      out.data_plane_keys = keys;
      break;
    case put_key:
    case delete_key:
      out.slots = itself;
      break;
    case create_integration:
      out.negatives[0] = true;
      break;
    case create_key:
      out.negatives[1] = true;
      break;
    case workspaces:
      out.slots = every([](const slot& s) { return s.integration; });
      break;
    case policy:
      out.slots = every([&](const slot& s) { return !s.integration && s.workspace == workspace; });
      break;
    case elsewhere:
      break;
  }
  return out;
}

unsigned control_plane::write(int who, const mutation& what, mono_time now) {
  using enum change;
  const rights may = rights_of(who, now);
  if (may != rights::granted) return may == rights::revoked ? 401 : 403;
  if (what.what == elsewhere) return 200;
  if (what.what == workspaces || what.what == policy) {
    const touched all = touched_by(who, what);
    for (std::size_t i = 0; i < slots_.size(); ++i)
      if ((all.slots >> i & 1U) != 0) renew(static_cast<int>(i), now);
    return 200;
  }
  const bool of_integration = what.what <= put_models || what.what == create_integration;
  const int record = find(what.ident, of_integration, credentials_[who].workspace);
  if (record < 0) return 404;
  const bool exists = slots_[record].history.back().exists;
  if (what.what == create_integration || what.what == create_key) {
    if (exists) return 409;
    renew(record, now).exists = true;
    return 200;
  }
  if (!exists) return 404;
  if (of_integration) {
    renew_with_keys(record, now);
    // A default provider may just have been made (control-plane.md §6).
    if (what.what == put_workspaces)
      for (std::size_t i = 0; i < slots_.size(); ++i)
        if (slots_[i].parent == record) renew(static_cast<int>(i), now).exists = true;
  } else {
    renew(record, now);
  }
  version& latest = slots_[record].history.back();
  if (what.what == delete_integration || what.what == delete_key) latest.exists = false;
  return 200;
}

void control_plane::disturb(int record, std::uint32_t how, mono_time now) {
  version& v = renew(record, now);
  const auto ahead = std::chrono::seconds{1 + (how >> 8U) % 100};
  const wall_time then = std::chrono::floor<std::chrono::seconds>(wall_at(now)) + ahead;
  switch (how % 11) {
    case 0:
      v.exists = !v.exists;
      return;
    case 1:
    case 2:
      v.expires_at = then;
      return;
    case 3:
    case 4:
      v.resets_at = then;
      v.resets_every = {};
      return;
    case 9:
    case 10:
      v.resets_at = then;
      v.resets_every = std::chrono::seconds{5 + (how >> 16U) % 40};
      return;
    case 5:
      v.unreadable_deadline = !v.unreadable_deadline;
      return;
    case 6:
      v = {.number = v.number, .since = v.since};
      return;
    default:
      v.status = static_cast<standing>((how >> 8U) % 4);
  }
}

}  // namespace sidecache::simulation
