#include "mock/data_plane.hpp"

#include <boost/json.hpp>

#include "base/text.hpp"
#include "mock/gateway_view.hpp"
#include "mock/sync.hpp"
#include "mock/usage.hpp"
#include "mock/validation.hpp"

namespace sidecache::mock {
namespace {

struct credentials {
  const client_auth* gateway = nullptr;
  const api_key* caller = nullptr;  ///< null: the gateway asks for itself
};

std::optional<credentials> authenticate(const store& all, const http::fields& fields) {
  credentials shown;
  if (const auto secret = fields.find("authorization")) shown.gateway = all.find_client_auth(trim(*secret));
  if (shown.gateway == nullptr) return std::nullopt;
  const auto key = fields.find("x-portkey-api-key");
  if (!key) return shown;
  shown.caller = all.find_key(trim(*key));
  const bool known = shown.caller != nullptr && shown.caller->organisation_id == shown.gateway->organisation_id;
  return known ? std::optional(shown) : std::nullopt;
}

api_error unknown_route() {
  auto error = no_such_route();
  error.shape = error_shape::detailed;
  return error;
}

result enveloped(json::value data) { return json::object{{"success", true}, {"data", std::move(data)}}; }

bool asks_for(const call& c, std::string_view name) { return c.target.query_value(name) == "true"; }

result own_details(const call& c) {
  const auto* key = c.all.by_id(family::api_key, c.caller.id);
  return enveloped(details_of_key(
      *key, c.all, c.now,
      {.organisation = asks_for(c, "include_organisation"), .workspace = asks_for(c, "include_workspace")}));
}

/// Where a gateway looks: both may stand in the query, and must be the caller's.
std::expected<scope, api_error> place_of(const call& c) {
  const auto named = c.target.query_value("organisation_id").value_or("");
  if (!named.empty()) {
    const auto* organisation = c.all.find_organisation(named);
    if (organisation == nullptr || organisation->id != c.caller.organisation_id)
      return std::unexpected(forbidden("You do not have access to this organisation"));
  }
  return c.where();
}

std::expected<const record*, api_error> named_record(const call& c, family kind, std::string_view ident) {
  const auto from = place_of(c);
  if (!from) return std::unexpected(from.error());
  const bool has_versions = kind == family::prompt || kind == family::prompt_partial;
  if (has_versions) ident = ident.substr(0, ident.find('@'));
  const auto* one = c.all.find(kind, *from, ident);
  if (one == nullptr && kind == family::virtual_key) one = c.all.find(family::provider, *from, ident);
  if (one != nullptr) return one;
  auto error = not_found(kind);
  error.shape = error_shape::detailed;
  return std::unexpected(std::move(error));
}

result all_integrations(const call& c) {
  const auto from = place_of(c);
  if (!from) return std::unexpected(from.error());
  json::array shown;
  for (const auto* one : c.all.list(family::integration, [&](const record& each) {
         if (each.where.organisation_id != from->organisation_id) return false;
         return each.where.workspace_id.empty() || from->workspace_id.empty() ||
                each.where.workspace_id == from->workspace_id;
       }))
    shown.emplace_back(seen_by_gateway(*one, c.all, c.now));
  return enveloped(std::move(shown));
}

problem status_problem(const json::object& body) {
  const auto* status = body.if_contains("status");
  if (status == nullptr || *status == "active" || *status == "exhausted" || *status == "expired") return std::nullopt;
  return "status must be one of active exhausted expired";
}

problem counter_problem(const json::object& body) {
  const auto* used = body.if_contains("reset_usage");
  const bool good =
      used == nullptr || used->is_null() || used->is_bool() || (used->is_number() && used->to_number<double>() >= 0);
  return good ? std::nullopt : problem("reset_usage must be a number of at least 0");
}

result write_virtual_key(const call& c, const record& one) {
  for (const auto& bad :
       {record_problem(family::virtual_key, write::update, c.body), status_problem(c.body), counter_problem(c.body)})
    if (bad) return std::unexpected(bad_request(*bad));
  record& changed = c.all.change(one);
  copy_members(
      c.body, changed.body,
      {"name", "note", "key", "usage_limits", "rate_limits", "expires_at", "model_config", "status", "last_reset_at"});
  const auto* used = c.body.if_contains("reset_usage");
  if (used != nullptr && *used == json::value(true)) {
    reset_usage(changed, c.now);
  } else if (used != nullptr && !used->is_bool()) {
    changed.body["reset_usage"] = *used;
    follow_usage(changed);
  }
  return enveloped(json::object{{"id", one.id}, {"slug", one.slug}});
}

/// The kind of record that a path under /v2 names by slug or UUID.
std::optional<family> looked_up(const target& where) {
  for (const auto& names : families) {
    const bool by_slug = names.kind != family::integration && names.kind != family::provider &&
                         names.kind != family::api_key && names.kind != family::prompt_partial;
    if (by_slug && where.segments.size() == 3 && where.literal(1) == names.collection) return names.kind;
  }
  if (where.segments.size() == 4 && where.literal(1) == "prompts" && where.literal(2) == "partials")
    return family::prompt_partial;
  return std::nullopt;
}

result on_behalf_of_caller(call& c, std::string_view body) {
  const auto depth = c.target.segments.size();
  const bool reads = c.method == http::method::get;
  if (reads && depth == 2 && c.target.literal(1) == "integrations") return all_integrations(c);
  if (reads && depth == 4 && c.target.literal(1) == "api-keys" && c.target.literal(2) == "self" &&
      c.target.literal(3) == "details")
    return own_details(c);
  const auto kind = looked_up(c.target);
  const bool writes = c.method == http::method::put && kind == family::virtual_key;
  if (!kind || (!reads && !writes)) return std::unexpected(unknown_route());
  if (writes) {
    auto parsed = parse_body(body);
    if (!parsed) return std::unexpected(parsed.error());
    c.body = *std::move(parsed);
  }
  const auto one = named_record(c, *kind, c.target.segments.back());
  if (!one) return std::unexpected(one.error());
  if (writes) return write_virtual_key(c, **one);
  return enveloped(seen_by_gateway(**one, c.all, c.now));
}

result about_organisation(store& all, const client_auth& gateway, const request& asked, const target& where,
                          wall_time now) {
  const auto* organisation = where.segments.size() < 3 ? nullptr : all.find_organisation(where.segments[1]);
  const auto what = where.literal(2);
  const bool syncs = where.segments.size() == 4 && what == "sync" && asked.method == http::method::get;
  const bool resyncs = where.segments.size() == 3 && what == "resync" && asked.method == http::method::post;
  if (!syncs && !resyncs) return std::unexpected(unknown_route());
  if (organisation == nullptr || organisation->id != gateway.organisation_id)
    return std::unexpected(forbidden("You do not have access to this organisation"));
  if (syncs) return hand_out_changes(all, organisation->id, where);
  const auto body = parse_body(asked.body);
  if (!body) return std::unexpected(body.error());
  return take_counts(all, organisation->id, *body, now);
}

}  // namespace

bool enter_data_plane(target& where) {
  const bool prefixed = where.literal(0) == "albus";
  if (prefixed) where.segments.erase(where.segments.begin());
  if (prefixed && where.literal(0) == "v1") where.segments.erase(where.segments.begin());
  const auto first = where.literal(0);
  return prefixed || first == "v2" || first == "organisation" || first == "dp";
}

const api_key* caller_of_gateway(const store& all, const http::fields& fields) {
  const auto who = authenticate(all, fields);
  return who ? who->caller : nullptr;
}

result answer_gateway(store& all, id_source& ids, const request& asked, target where, wall_time now) {
  const auto who = authenticate(all, *asked.fields);
  if (!who) return std::unexpected(unauthorised());
  const auto first = where.literal(0);
  if (first == "organisation") return about_organisation(all, *who->gateway, asked, where, now);
  if (first == "dp" && where.literal(1) == "metrics" && where.segments.size() == 2 &&
      asked.method == http::method::post)
    return json::object{{"success", true}};
  if (who->caller == nullptr) return std::unexpected(unauthorised());
  if (first != "v2") return std::unexpected(unknown_route());
  const auto method = asked.method == http::method::head ? http::method::get : asked.method;
  call c{all, ids, now, *who->caller, std::move(where), method, {}};
  return on_behalf_of_caller(c, asked.body);
}

}  // namespace sidecache::mock
