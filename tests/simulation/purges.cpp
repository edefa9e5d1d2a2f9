// What of a key is meant by a purge: README's "What to drop by hand", from what there is and not from what was seen.
// And sync that passes: whoever's it is, what it names is as good as written through here.
#include <fmt/format.h>

#include "simulation/world.hpp"

namespace sidecache::simulation {

std::string workspace_name(int number) { return fmt::format("workspace-{}", number); }

chosen control_plane::chosen_by(const purge& order, int who, int where) const {
  const address& at = addresses_[where];
  const int found = resolve(who, at);
  const slot* const of = found < 0 ? nullptr : &slots_[found];
  const auto is = [](const std::string& named, const slot* s) {
    return s != nullptr && (s->slug == named || s->uuid == named);
  };
  chosen out{.record = of != nullptr, .absence = true};
  const auto narrow = [&](bool record, bool absence, bool certainly_not) {
    out.record = out.record && record;
    out.absence = out.absence && absence;
    out.untouched = out.untouched || certainly_not;
  };
  if (order.kind) narrow(at.kind == *order.kind, at.kind == *order.kind, at.kind != *order.kind);
  if (order.who >= 0) narrow(who == order.who, who == order.who, who != order.who);
  // A record is found by the name it was asked by and by those that it shows, a 404 by the former alone.
  if (!order.slug.empty()) {
    const bool asked = at.ident == order.slug;
    const bool it = asked || (of != nullptr && of->slug == order.slug);
    narrow(it, asked, !it);
  }
  if (!order.uuid.empty()) {
    const bool asked = at.ident == order.uuid;
    const bool it = asked || (of != nullptr && of->uuid == order.uuid);
    narrow(it, asked, !it && of != nullptr && of->shows_id);
  }
  if (!order.integration.empty()) {
    const slot* const parent = of == nullptr || of->parent < 0 ? nullptr : &slots_[of->parent];
    narrow(of != nullptr && is(order.integration, of->integration ? of : parent),
           at.kind == records::kind::integration && at.ident == order.integration, false);
  }
  if (order.workspace != 0) {
    const bool it = of != nullptr && of->workspace == order.workspace;
    narrow(it, true, of != nullptr && of->shows_workspace && !it);  // a 404 does not say whose it is
  }
  return out;
}

void world::sync(std::uint32_t in, int who, const mutation& named) {
  replica& by = *replicas_[in];
  const bool integration = named.what == change::put_integration;
  tell("a sync that names {} passes{}", named.ident, in == 0 ? "" : " through the other replica");
  const touched all = truth_.touched_by(who, named);
  by.book.write_begins(all);
  proxy::upstream_answer answer;
  answer.head.status = 200;
  answer.body = fmt::format(R"({{"success":true,"data":{{"{}":[{{"slug":"{}"}}]}}}})",
                            integration ? "integrationsV2" : "virtualKeysV2", named.ident);
  (void)by.runs->core.settle_sync({}, "fleet", clock_.now(), answer);
  by.book.write_ends(all, true);
}

void world::lose_sync(std::uint32_t in) {
  replica& by = *replicas_[in];
  tell("a sync is lost{}", in == 0 ? "" : " at the other replica");
  const touched all{
      .slots = ~0U, .absences = ~0U, .data_plane_keys = 0, .negatives = {true, true}, .perhaps_more = true};
  by.book.write_begins(all);
  const proxy::failure why{.kind = proxy::failure_kind::reset, .sent = true, .detail = "scripted"};
  (void)by.runs->core.settle_sync({}, "fleet", clock_.now(), std::unexpected(why));
  by.book.write_ends(all, false);
}

}  // namespace sidecache::simulation
