// What a control plane may call a record: the parsers of sidecache/parse.hpp, extract_facts() and parse_date_time().
//
// Input: the body of an answer. Promised for all of them, in bounded time (-timeout) and without recursion:
//  1. The typed parsers and extract_facts() agree on what is a record, on why it is none, and on slug, status,
//  deadlines
//     and what is unknown in it; simdjson's own parser agrees on what is JSON (read_any_body has it all).
//  2. White space around it changes nothing. Enveloped as {"success":true,"data":...} a record is the same record, or
//     nested too deeply then.
//  3. A UUID is in lower case. Nothing but such is an id.
//  4. A date-time lies within the years 0 to 9999, give or take the offset, and is the same without its white space.
#include <string>

#include "base/text.hpp"
#include "records/facts.hpp"
#include "records/uuid.hpp"
#include "targets.hpp"
#include "unit/records/any_body.hpp"

namespace sidecache::fuzz {
namespace {

using records::kind;

bool same(const records::record_facts& a, const records::record_facts& b) {
  return a.slug == b.slug && a.id == b.id && a.integration_id == b.integration_id && a.workspace_id == b.workspace_id &&
         a.status == b.status && a.expires_at == b.expires_at && a.next_usage_reset_at == b.next_usage_reset_at &&
         a.unreadable_deadline == b.unreadable_deadline && a.unknown_values == b.unknown_values;
}

void check_time(const std::optional<wall_time>& at) {
  using namespace std::chrono;
  if (!at) return;
  require(*at >= sys_days{year{0} / 1 / 1} - days{1}, "a time before the year 0");
  require(*at <= sys_days{year{9999} / 12 / 31} + days{2}, "a time after the year 9999");
}

void check_id(const std::string& id) {
  if (records::is_uuid(id)) require(id == lower(id), "a UUID not in lower case");
}

void check_spelling(kind what, std::string_view body) {
  const auto bare = records::extract_facts(what, body);
  const auto padded = records::extract_facts(what, " \r\n\t" + std::string(body) + "\n ");
  require(bare.has_value() == padded.has_value(), "white space makes a record, or unmakes one");
  if (!bare) return require(bare.error() == padded.error(), "white space changes why it is none");
  require(same(*bare, *padded) && bare->unknown_fields == padded->unknown_fields, "white space changes a record");

  require(bare->id.empty() || records::is_uuid(bare->id), "an id that is no UUID");
  for (const auto& id : {bare->id, bare->integration_id, bare->workspace_id}) check_id(id);
  check_time(bare->expires_at);
  check_time(bare->next_usage_reset_at);
}

/// Only of what has a slug itself: the envelope of an envelope is none.
void check_enveloped(kind what, std::string_view body) {
  const auto bare = records::extract_facts(what, body);
  const auto inside = records::extract_facts(what, R"({"success":true,"data":)" + std::string(body) + "}");
  if (!bare) {
    const bool foreign = bare.error() == records::parse_error::other_object;
    return require(!inside || foreign, "an envelope makes a record of what is none");
  }
  if (!inside) {
    const auto why = inside.error();
    // {"success":true,"data":RECORD} is a record already; inside another one it has no slug where it is looked for.
    return require(why == records::parse_error::too_deep || why == records::parse_error::no_slug ||
                       why == records::parse_error::too_large,
                   "an envelope unmakes a record");
  }
  require(same(*bare, *inside), "an envelope changes a record");
}

}  // namespace

void record(std::string_view body) {
  const bool is_record = records::test::read_any_body(body);
  for (const auto what : {kind::integration, kind::virtual_key, kind::provider}) {
    check_spelling(what, body);
    check_enveloped(what, body);
  }
  check_time(records::parse_date_time(body));
  if (is_record) require(!records::parse_date_time(body), "a record that is a time");
}

}  // namespace sidecache::fuzz
