#include "admin/purge_audit.hpp"

#include <utility>

#include "admin/shown_ident.hpp"
#include "http/route.hpp"

namespace sidecache::admin {

metrics::audit_line audit_of(const purge_request& order, std::size_t dropped, std::string_view from,
                             const credential_fingerprint& shown) {
  metrics::audit_line line({.action = "purge", .by = "admin", .outcome = "done"});
  line.quoted("from", from).word("mode", order.soft ? "soft" : "hard");
  if (order.all) line.word("all", "true");
  if (order.kind) line.word("kind", http::to_string(http::route_of(*order.kind)));
  if (!order.plane.empty()) line.quoted("plane", order.plane);
  const auto fingerprint = [&shown](std::string_view authorization, std::string_view api_key) {
    return shown({.authorization = authorization, .api_key = api_key, .state = http::credential_state::present});
  };
  for (const auto& [name, value] : {std::pair{"slug", &order.slug},
                                    {"uuid", &order.uuid},
                                    {"integration", &order.integration},
                                    {"workspace", &order.workspace}}) {
    if (value->empty()) continue;
    if (dropped > 0) {
      line.quoted(name, shown_ident(*value));
    } else {
      line.word(std::string(name) + "_unknown", fingerprint("", *value));
    }
  }
  if (order.names_credential()) line.word("credential", fingerprint(order.authorization.view(), order.api_key.view()));
  line.number("dropped", dropped);
  return line;
}

}  // namespace sidecache::admin
