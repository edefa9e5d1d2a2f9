#include "mock/control_plane.hpp"

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <stdexcept>

#include "base/siphash.hpp"
#include "base/text.hpp"
#include "mock/budgets.hpp"
#include "mock/data_plane.hpp"
#include "mock/integrations.hpp"
#include "mock/presentation.hpp"
#include "mock/record_edit.hpp"
#include "mock/seed.hpp"
#include "mock/timestamp.hpp"

namespace sidecache::mock {
namespace {

std::optional<family> kind_named(std::string_view collection) {
  for (const auto& names : admin_families)
    if (collection == names.collection) return names.kind;
  return std::nullopt;
}

/// A number in the query, `otherwise` if absent; nothing if it is no number or below `least`.
std::optional<std::size_t> number_in_query(const target& from, std::string_view name, std::size_t least,
                                           std::size_t otherwise) {
  const auto text = from.query_value(name);
  if (!text) return otherwise;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc{} || end != text->data() + text->size() || value < least) return std::nullopt;
  return value;
}

bool listed(const call& c, const scope& where, const record& one) {
  if (one.where.organisation_id != where.organisation_id) return false;
  if (one.kind != family::integration)
    return where.workspace_id.empty() || one.where.workspace_id == where.workspace_id;
  if (!where.workspace_id.empty() && !open_to(one, where.workspace_id)) return false;
  const auto type = c.target.query_value("type").value_or("all");
  if (type == "all") return true;
  return (type == "workspace") == !one.where.workspace_id.empty();
}

result list_of(call& c, family kind) {
  const auto where = c.where();
  if (!where) return std::unexpected(where.error());
  const auto page = number_in_query(c.target, "current_page", 0, 0);
  const auto size = number_in_query(c.target, "page_size", 1, kind == family::provider ? 50 : 100);
  if (!page) return std::unexpected(bad_request("current_page must be a number of at least 0", shape_of(kind)));
  if (!size) return std::unexpected(bad_request("page_size must be a number of at least 1", shape_of(kind)));
  const auto found = c.all.list(kind, [&](const record& one) { return listed(c, *where, one); });
  json::array data;
  const auto from = *page > found.size() / *size ? found.size() : *page * *size;
  for (std::size_t i = from; i < found.size() && data.size() < *size; ++i)
    data.emplace_back(list_entry_of(*found[i], c.all, c.now));
  return json::object{{"object", "list"}, {"total", found.size()}, {"data", std::move(data)}};
}

result create(call& c, family kind) {
  switch (kind) {
    case family::integration:
      return create_integration(c);
    case family::virtual_key:
      return create_virtual_key(c);
    case family::provider:
      return create_provider(c);
    default:
      return std::unexpected(no_such_route());
  }
}

result on_record(call& c, family kind) {
  const auto one = c.named(kind);
  if (!one) return std::unexpected(one.error());
  switch (c.method) {
    case http::method::get:
      return detail_of(**one, c.all, c.now);
    case http::method::put:
      return kind == family::integration ? update_integration(c, **one) : update_budgeted(c, **one);
    case http::method::del:
      if (kind == family::integration) {
        delete_integration(c, **one);
      } else {
        c.all.erase(**one);
      }
      return json::object();
    default:
      return std::unexpected(no_such_route());
  }
}

result on_sub_resource(call& c, family kind) {
  const auto name = c.target.literal(2);
  const bool workspaces = name == "workspaces" && c.method != http::method::del;
  if (kind != family::integration || (!workspaces && name != "models") || c.method == http::method::post)
    return std::unexpected(no_such_route());
  const auto one = c.named(kind);
  if (!one) return std::unexpected(one.error());
  return workspaces ? workspaces_of(c, **one) : models_of(c, **one);
}

}  // namespace

control_plane::control_plane(const options& with, wall_time started) : options_(with), formula_(with), ids_(with.seed) {
  seed(store_, ids_, started);
  for (const auto& extra : with.keys) {
    const auto* owner = store_.find_organisation(extra.organisation);
    if (owner == nullptr) throw std::invalid_argument("mock: no organisation " + extra.organisation);
    const auto* place = extra.workspace.empty() ? nullptr : store_.find_workspace(owner->id, extra.workspace);
    if (!extra.workspace.empty() && place == nullptr)
      throw std::invalid_argument("mock: no workspace " + extra.workspace);
    store_.add(api_key{extra.secret, place == nullptr ? owner->slug : place->slug, owner->id,
                       place == nullptr ? "" : place->id, extra.read_only, ids_.uuid_of("api-key/" + extra.secret)},
               {});
  }
}

std::optional<std::string_view> control_plane::credential(const http::fields& fields) const {
  if (const auto key = fields.find("x-portkey-api-key")) return trim(*key);
  const auto bearer = fields.find("authorization");
  if (!bearer) return std::nullopt;
  constexpr std::string_view scheme = "bearer ";
  return starts_with_ignoring_case(*bearer, scheme) ? trim(bearer->substr(scheme.size())) : trim(*bearer);
}

std::string control_plane::caller_of(const http::fields& fields) const {
  const auto secret = credential(fields);
  if (!secret) return "none";
  if (const auto* key = store_.find_key(*secret)) return key->name;
  const auto* gateway = store_.find_client_auth(*secret);
  return gateway == nullptr ? "unknown" : gateway->name;
}

result control_plane::route(call& c) {
  const auto kind = kind_named(c.target.literal(0));
  const auto depth = c.target.segments.size();
  if (!kind || depth > 3) return std::unexpected(no_such_route());
  if (depth == 3) return on_sub_resource(c, *kind);
  if (depth == 2) return on_record(c, *kind);
  if (c.method == http::method::get) return list_of(c, *kind);
  if (c.method == http::method::post) return create(c, *kind);
  return std::unexpected(no_such_route());
}

result control_plane::perform(const request& asked, wall_time now) {
  auto where = parse_target(asked.target);
  if (!where) return std::unexpected(bad_request("Failed to decode the path"));
  if (enter_data_plane(*where)) return answer_gateway(store_, ids_, asked, *std::move(where), now);
  const auto* caller = caller_by(*asked.fields);
  if (caller == nullptr) return std::unexpected(unauthorised());
  const auto method = asked.method == http::method::head ? http::method::get : asked.method;
  if (caller->read_only && !http::is_safe(method)) return std::unexpected(forbidden("This API key may only read"));
  call c{store_, ids_, now, *caller, std::move(*where), method, {}};
  if (!http::is_safe(method)) {  // DELETE may have a body too: it can name the workspace
    auto body = parse_body(asked.body);
    if (!body) return std::unexpected(body.error());
    c.body = std::move(*body);
    if (auto refused = formula_refusal(c)) return std::unexpected(*std::move(refused));
  }
  return route(c);
}

const api_key* control_plane::caller_by(const http::fields& fields) const {
  const auto secret = credential(fields);
  if (!secret) return nullptr;
  const auto* known = store_.find_key(*secret);
  return known == nullptr && options_.any_credential ? store_.find_key(acme_prod_key) : known;
}

std::shared_ptr<const formula_view> control_plane::formula_for(const http::fields& fields, bool by_gateway,
                                                               wall_time now) {
  const auto* caller = by_gateway ? caller_of_gateway(store_, fields) : caller_by(fields);
  if (caller == nullptr) return nullptr;
  auto& view = views_[caller->id];
  if (!view) view = std::make_shared<const formula_view>(options_, *caller, store_, now);
  return view;
}

std::optional<std::string> control_plane::formula_body(const request& asked, wall_time now) {
  if (!formula_.any() || (asked.method != http::method::get && asked.method != http::method::head)) return std::nullopt;
  auto where = parse_target(asked.target);
  if (!where) return std::nullopt;
  const bool by_gateway = enter_data_plane(*where);
  const auto which = formula_.read(*where, by_gateway);
  if (!which) return std::nullopt;
  const auto view = formula_for(*asked.fields, by_gateway, now);
  if (!view) return std::nullopt;
  const auto* caller = by_gateway ? caller_of_gateway(store_, *asked.fields) : caller_by(*asked.fields);
  if (!call{store_, ids_, now, *caller, *where, asked.method, {}}.where())
    return std::nullopt;  // another workspace was asked for
  std::string body;
  view->append(*which, body);
  return body;
}

std::optional<api_error> control_plane::formula_refusal(const call& c) const {
  const auto kind = kind_named(c.target.literal(0));
  if (!kind || !formula_.any()) return std::nullopt;
  if (c.target.segments.size() == 1 && formula_.number_of(c.text("slug"))) return conflict(*kind, c.text("slug"));
  if (c.target.segments.size() > 1 && formula_.number_of(c.target.segments[1]))
    return forbidden("A record that the mock has by formula can't be written", shape_of(*kind));
  return std::nullopt;
}

result control_plane::edit(const json::object& asked, wall_time now) { return edit_record(store_, ids_, asked, now); }

response control_plane::handle(const request& asked, wall_time now) {
  auto body = formula_body(asked, now);
  if (!body) {
    auto done = perform(asked, now);
    if (!done) return dressed(done.error().status, done.error().to_json(), now);
    body = json::serialize(*done);
  }
  response answer = dressed(200, *std::move(body), now);
  if (options_.etag && http::is_safe(asked.method)) {
    const std::string tag = "\"" + std::to_string(siphash({options_.seed, 0}, answer.body)) + "\"";
    answer.fields.add("ETag", tag);
    if (asked.fields->lists("if-none-match", tag)) {
      answer.status = 304;
      answer.body.clear();
    }
  }
  return answer;
}

http::fields control_plane::undated_fields() const {
  http::fields all;
  all.add("cf-cache-status", "DYNAMIC");
  all.add("Server", "cloudflare");
  all.add("Vary", "Accept-Encoding");
  if (!options_.cache_control.empty()) all.add("Cache-Control", options_.cache_control);
  for (const auto& [name, value] : options_.headers) all.add(name, value);
  return all;
}

response control_plane::dressed(unsigned status, std::string body, wall_time now) {
  response answer{.status = status, .body = std::move(body)};
  const auto trace = ids_.next_trace_id();
  answer.fields.add("Date", http_date(now));
  answer.fields.add("x-portkey-trace-id", trace);
  answer.fields.add("x-request-id", ids_.next_trace_id());
  answer.fields.add("cf-ray", trace.substr(0, 8) + trace.substr(9, 4) + trace.substr(14, 4) + "-FRA");
  for (const auto [name, value] : undated_fields()) answer.fields.add(name, value);
  return answer;
}

}  // namespace sidecache::mock
