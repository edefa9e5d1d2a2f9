#include "records/facts.hpp"

#include <utility>

#include "records/fact_walk.hpp"
#include "records/json_document.hpp"

namespace sidecache::records {
namespace {

std::expected<located_record, not_a_record> finish(fact_walk& walk, json_cursor::mark begin) {
  if (!walk.has_slug()) return std::unexpected(not_a_record::no_slug);
  if (!walk.is_of_kind()) return std::unexpected(not_a_record::other_object);
  return located_record{walk.result(), begin};
}

/// A record without a schema: nothing of it can be unknown.
located_record without_counts(record_facts facts, json_cursor::mark begin) {
  facts.unknown_fields = facts.unknown_values = 0;
  return {std::move(facts), begin};
}

std::expected<located_record, not_a_record> finish_untyped(kind what, fact_walk& bare, json_cursor& document,
                                                           json_cursor::mark begin) {
  if (what == kind::integration_list) {
    if (!bare.is_list()) return std::unexpected(not_a_record::not_an_object);
    return without_counts({}, begin);
  }
  if (const auto data = bare.enveloped(); data && !bare.has_slug()) {
    document.rewind(*data);
    fact_walk enveloped(what, document);
    enveloped.record(false);
    return without_counts(enveloped.result(), *data);
  }
  if (!bare.has_slug() && (what != kind::api_key || !bare.has_id())) return std::unexpected(not_a_record::no_slug);
  return without_counts(bare.result(), begin);
}

}  // namespace

std::expected<located_record, not_a_record> locate_record(kind what, json_cursor& document) {
  const auto begin = document.position();
  const bool is_object = document.type() == json_type::object;
  fact_walk bare(what, document);
  bare.record(true);
  if (!document.ok() || !document.at_end()) {
    return std::unexpected(document.too_deep() ? not_a_record::too_deep : not_a_record::not_json);
  }
  if (!is_object) return std::unexpected(not_a_record::not_an_object);
  if (!is_typed(what)) return finish_untyped(what, bare, document, begin);
  const auto data = bare.enveloped();
  if (bare.has_slug() || !data) return finish(bare, begin);
  document.rewind(*data);
  fact_walk enveloped(what, document);
  enveloped.record(false);
  return finish(enveloped, *data);
}

std::expected<record_facts, not_a_record> extract_facts(kind what, std::string_view body) {
  const auto document = json_document::index(body);
  if (!document) return std::unexpected(document.error());
  json_cursor cursor = document->cursor();
  auto located = locate_record(what, cursor);
  if (!located) return std::unexpected(located.error());
  return std::move(located->facts);
}

}  // namespace sidecache::records
