#include "sidecache/parse.hpp"

#include <utility>

#include "records/facts.hpp"
#include "records/json_document.hpp"
#include "records/record_fields.hpp"

namespace sidecache::records {
namespace {

/// Two walks over the same tokens: the first proves that it is a record and counts, the second fills.
template <class Record>
std::expected<Record, parse_error> parse(kind what, std::string_view text) {
  const auto document = json_document::index(text);
  if (!document) return std::unexpected(document.error());
  json_cursor cursor = document->cursor();
  const auto located = locate_record(what, cursor);
  if (!located) return std::unexpected(located.error());

  Record record;
  cursor.rewind(located->begin);
  read_members(cursor, record);
  if constexpr (std::is_same_v<Record, integration>) {
    cursor.rewind(located->begin);
    cursor.members([&](std::string_view name) {
      if (name != "configurations") return cursor.skip();
      read_configurations(cursor, record.ai_provider_id, record.configurations);
    });
  }
  record.drift = {located->facts.unknown_fields, located->facts.unknown_values};
  return record;
}

}  // namespace

std::string_view to_string(parse_error error) {
  switch (error) {
    case parse_error::too_large:
      return "too_large";
    case parse_error::not_json:
      return "not_json";
    case parse_error::too_deep:
      return "too_deep";
    case parse_error::not_an_object:
      return "not_an_object";
    case parse_error::no_slug:
      return "no_slug";
    case parse_error::other_object:
      return "other_object";
  }
  return "";
}

std::expected<integration, parse_error> parse_integration(std::string_view text) {
  return parse<integration>(kind::integration, text);
}
std::expected<virtual_key, parse_error> parse_virtual_key(std::string_view text) {
  return parse<virtual_key>(kind::virtual_key, text);
}
std::expected<provider, parse_error> parse_provider(std::string_view text) {
  return parse<provider>(kind::provider, text);
}

}  // namespace sidecache::records
