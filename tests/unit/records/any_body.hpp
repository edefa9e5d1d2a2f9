// A control plane may answer anything: one pure function that gives arbitrary bytes to every reader of records and
// checks what must hold whatever they are. The mutation test calls it, and so can a fuzzer.
#pragma once

#include <simdjson.h>

#include <stdexcept>
#include <string_view>

#include "records/date_time.hpp"
#include "records/facts.hpp"

namespace sidecache::records::test {

inline void require(bool holds, const char* what) {
  if (!holds) throw std::logic_error(what);
}

template <class Record>
bool agree(kind what, std::string_view body, std::expected<Record, parse_error> (*parse)(std::string_view)) {
  const auto facts = extract_facts(what, body);
  const auto typed = parse(body);
  require(facts.has_value() == typed.has_value(), "facts and typed record disagree on whether it is one");
  if (!facts) {
    require(facts.error() == typed.error(), "facts and typed record disagree on why it is none");
    return false;
  }
  require(facts->slug == typed->slug, "two slugs");
  require(facts->status == typed->status.value, "two statuses");
  require(facts->unknown_fields == typed->drift.unknown_fields, "two counts of unknown fields");
  require(facts->unknown_values == typed->drift.unknown_values, "two counts of unknown values");
  if constexpr (requires { typed->expires_at; }) {
    const auto at = typed->expires_at ? typed->expires_at->at : std::nullopt;
    require(facts->expires_at == at, "two hard deadlines");
    require(!typed->expires_at || at || facts->unreadable_deadline, "an unreadable deadline was overlooked");
  }
  return true;
}

/// True if the bytes are a record of some kind. Throws std::logic_error if the readers contradict each other, or if
/// simdjson's own parser, which is stricter, accepts as JSON what they refuse as such, or they accept what is none.
inline bool read_any_body(std::string_view body) {
  bool record = agree(kind::integration, body, parse_integration);
  record |= agree(kind::virtual_key, body, parse_virtual_key);
  record |= agree(kind::provider, body, parse_provider);

  if (body.empty()) return record;
  thread_local simdjson::dom::parser strict;
  const auto error = strict.parse(body.data(), body.size()).error();
  const auto ours = extract_facts(kind::provider, body);
  const bool is_json = ours || (ours.error() != parse_error::not_json && ours.error() != parse_error::too_deep);
  if (error == simdjson::SUCCESS) require(is_json || ours.error() == parse_error::too_deep, "JSON was refused");
  // It refuses numbers that it can't hold and lone surrogates, too.
  if (error != simdjson::SUCCESS && error != simdjson::NUMBER_ERROR && error != simdjson::STRING_ERROR) {
    require(!is_json, "what is no JSON was accepted");
  }
  return record;
}

}  // namespace sidecache::records::test
