#include "mock/formula_records.hpp"

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <stdexcept>

#include "mock/gateway_view.hpp"
#include "mock/id_source.hpp"
#include "mock/presentation.hpp"

namespace sidecache::mock {
namespace {

// In no record that is seeded, and nothing that JSON would escape.
constexpr std::string_view id_mark = "@@id@@";
constexpr std::string_view slug_mark = "@@slug@@";
constexpr std::string_view filler_mark = "@@filler@@";

constexpr std::size_t uuid_size = 36;
constexpr std::size_t filler_size = std::size_t{16} * 1024;

constexpr std::array admin_kinds{family::integration, family::virtual_key, family::provider};
constexpr std::array gateway_kinds{family::virtual_key, family::config, family::prompt, family::prompt_partial,
                                   family::guardrail};

bool is_shown(family kind, bool by_gateway) {
  return by_gateway ? std::ranges::find(gateway_kinds, kind) != gateway_kinds.end()
                    : std::ranges::find(admin_kinds, kind) != admin_kinds.end();
}

/// Version 4 in form (RFC 9562 §5.4), of 16 random bytes.
void append_uuid(std::uint64_t high, std::uint64_t low, std::string& to) {
  static constexpr std::string_view hex = "0123456789abcdef";
  high = (high & ~0xF000ULL) | 0x4000ULL;
  low = (low & ~(0xC000ULL << 48U)) | (0x8000ULL << 48U);
  std::array<char, uuid_size> text{};
  std::size_t at = 0;
  for (std::size_t nibble = 0; nibble < 32; ++nibble) {
    if (nibble == 8 || nibble == 12 || nibble == 16 || nibble == 20) text[at++] = '-';
    const std::uint64_t word = nibble < 16 ? high : low;
    text[at++] = hex[(word >> (60U - 4U * (nibble % 16U))) & 0xFU];
  }
  to.append(text.data(), text.size());
}

json::object model_fields(family kind, const store& all) {
  json::object fields;
  const bool is_document = !is_shown(kind, false);
  if (is_document)  // what it says besides is its kind's own: the first seeded one's
    if (const auto seeded = all.list(kind, [](const record& /*any*/) { return true; }); !seeded.empty())
      fields = seeded.front()->body;
  fields["name"] = slug_mark;
  fields["status"] = "active";
  fields["created_at"] = "2025-01-01T00:00:00.000Z";
  fields["last_updated_at"] = "2025-01-01T00:00:00.000Z";
  fields[is_document || kind == family::integration ? "description" : "note"] = filler_mark;
  if (kind == family::integration) fields["ai_provider_id"] = "openai";
  if (kind == family::virtual_key) fields["provider"] = "openai";
  if (!is_document) fields["key"] = "sk-planted-not-a-real-load-key";
  return fields;
}

/// A virtual key, provider or document stands in a workspace: of a key for all of them, the first.
scope home_of(const api_key& caller, const store& all) {
  scope home{caller.organisation_id, caller.workspace_id};
  const auto& places = all.workspaces();
  const auto first = std::ranges::find(places, caller.organisation_id, &workspace::organisation_id);
  if (home.workspace_id.empty() && first != places.end()) home.workspace_id = first->id;
  return home;
}

bool skip(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

http::route route_of(family kind) {
  switch (kind) {
    case family::integration:
      return http::route::integrations;
    case family::virtual_key:
      return http::route::virtual_keys;
    case family::provider:
      return http::route::providers;
    case family::config:
      return http::route::configs;
    case family::prompt:
      return http::route::prompts;
    case family::prompt_partial:
      return http::route::prompt_partials;
    case family::guardrail:
      return http::route::guardrails;
    case family::api_key:
      return http::route::api_keys;
  }
  return http::route::other;
}

formula_slugs::formula_slugs(const options& with) : records_(with.records) {
  auto parsed = slug_format::parse(with.slug_format);
  if (!parsed) throw std::invalid_argument("flag --slug-format: " + parsed.error());
  format_ = *std::move(parsed);
}

std::optional<std::uint64_t> formula_slugs::number_of(std::string_view slug) const {
  const auto number = any() ? format_.number_of(slug) : std::nullopt;
  if (!number || *number == 0 || *number > records_) return std::nullopt;
  return number;
}

std::optional<formula_target> formula_slugs::read(std::string_view raw_target) const {
  formula_target found;
  const bool albus = skip(raw_target, "/albus");
  if (albus && skip(raw_target, "/v1") && !raw_target.starts_with("/v2/")) return std::nullopt;
  found.by_gateway = skip(raw_target, "/v2");
  if (albus && !found.by_gateway) return std::nullopt;
  if (!found.by_gateway) skip(raw_target, "/v1");
  if (!skip(raw_target, "/")) return std::nullopt;
  const auto slash = raw_target.rfind('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto collection = raw_target.substr(0, slash);
  const auto* const names = std::ranges::find(families, collection, &family_names::collection);
  if (names == families.end() || !is_shown(names->kind, found.by_gateway)) return std::nullopt;
  found.kind = names->kind;
  found.slug = raw_target.substr(slash + 1);
  const auto number = number_of(found.slug);
  if (!number) return std::nullopt;
  found.number = *number;
  return found;
}

std::optional<formula_target> formula_slugs::read(const target& where, bool by_gateway) const {
  const std::size_t first = by_gateway ? 1 : 0;
  const auto depth = where.segments.size();
  if (!any() || depth < first + 2 || depth > first + 3 || (by_gateway && where.literal(0) != "v2")) return std::nullopt;
  std::string collection = where.literal(first);
  if (depth == first + 3) collection.append("/").append(where.literal(first + 1));
  const auto* const names = std::ranges::find(families, collection, &family_names::collection);
  const auto number = number_of(where.segments.back());
  if (names == families.end() || !number || !is_shown(names->kind, by_gateway)) return std::nullopt;
  return formula_target{names->kind, by_gateway, where.segments.back(), *number};
}

formula_view::formula_view(const options& with, const api_key& caller, const store& all, wall_time now)
    : seed_(with.seed), record_bytes_(with.record_bytes) {
  const scope home = home_of(caller, all);
  const auto model = [&](family kind) {
    record made{.kind = kind, .id = std::string(id_mark), .slug = std::string(slug_mark), .where = home};
    if (kind == family::integration) made.where.workspace_id = caller.workspace_id;
    made.body = model_fields(kind, all);
    return made;
  };
  for (const family kind : admin_kinds) add(model(kind), false, all, now);
  for (const family kind : gateway_kinds) add(model(kind), true, all, now);
  chance letters(with.seed);
  filler_.resize(filler_size);
  for (char& letter : filler_) {
    const auto drawn = letters.next() % 31;
    letter = drawn < 26 ? static_cast<char>('a' + drawn) : ' ';
  }
}

void formula_view::add(const record& model, bool by_gateway, const store& all, wall_time now) {
  const json::value shown = by_gateway ? json::value{{"success", true}, {"data", seen_by_gateway(model, all, now)}}
                                       : json::value(detail_of(model, all, now));
  form made = cut(json::serialize(shown));
  made.kind = model.kind;
  made.by_gateway = by_gateway;
  forms_.push_back(std::move(made));
}

formula_view::form formula_view::cut(std::string_view shown) {
  struct mark {
    std::string_view text;
    hole is;
  };
  static constexpr std::array marks{mark{id_mark, hole::id}, mark{slug_mark, hole::slug},
                                    mark{filler_mark, hole::filler}};
  form made{};
  while (!shown.empty()) {
    const auto* const next = std::ranges::min_element(marks, {}, [&](const mark& m) { return shown.find(m.text); });
    const auto at = shown.find(next->text);
    if (at == std::string_view::npos) {
      made.fixed += shown.size();
      made.pieces.push_back({std::string(shown), hole::none});
      break;
    }
    made.fixed += at + (next->is == hole::id ? uuid_size : 0);
    if (next->is == hole::slug) ++made.slugs;
    made.pieces.push_back({std::string(shown.substr(0, at)), next->is});
    shown.remove_prefix(at + next->text.size());
  }
  return made;
}

void formula_view::append(const formula_target& which, std::string& to) const {
  const auto of = std::ranges::find_if(
      forms_, [&](const form& f) { return f.kind == which.kind && f.by_gateway == which.by_gateway; });
  if (of == forms_.end()) return;
  chance drawn(seed_ + (which.number * families.size() + static_cast<std::uint64_t>(which.kind)) * 0xD1B54A32D192ED03U);
  const auto high = drawn.next();
  const auto low = drawn.next();
  const auto used = of->fixed + of->slugs * which.slug.size();
  to.reserve(to.size() + std::max(used, record_bytes_));
  for (const piece& each : of->pieces) {
    to.append(each.text);
    switch (each.behind) {
      case hole::none:
        break;
      case hole::id:
        append_uuid(high, low, to);
        break;
      case hole::slug:
        to.append(which.slug);
        break;
      case hole::filler:
        if (used < record_bytes_) append_filler(record_bytes_ - used, high, to);
        break;
    }
  }
}

void formula_view::append_filler(std::uint64_t size, std::uint64_t from, std::string& to) const {
  for (from %= filler_.size(); size > 0; from = 0) {
    const auto piece = std::string_view(filler_).substr(from, size);
    to.append(piece);
    size -= piece.size();
  }
}

}  // namespace sidecache::mock
