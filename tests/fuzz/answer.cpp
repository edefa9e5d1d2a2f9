// A story of answers to one lookup, told to the part of the proxy that judges and stores them: core::settle(), look().
//
// Input: a first line `KIND RULE SECONDS...` (kind of record, freshness rule, how far the clock moves before each
// answer and each look), then answers parted by a line `---`: a status (0: none came, 1: too large), fields, an empty
// line and the body. Promised whatever the control plane says, and in whatever order:
//  1. What is served is what the last answer of that kind was: a 200 that is a record replaces, `no-store` and an
//  unknown
//     Vary leave nothing, 401, 403 and 404 in JSON end the record at once (promise 3).
//  2. Nothing is served past a hard deadline that was still ahead when it came, and nothing is fresh past a soft one,
//  nor
//     past the TTL of the settings where those bound it (promise 4); all times in an entry ascend; no arithmetic
//     overflows, whatever dates and numbers the answer has.
//  3. A pause after a 429 is as long as its Retry-After says, and never over five minutes and a tenth.
//  4. What an entry will send is a head that a strict reader accepts, without a field of one connection or a cookie,
//  and
//     the bytes of the body that came (promise 7).
#include <algorithm>
#include <charconv>
#include <string>

#include "base/manual_clock.hpp"
#include "heads.hpp"
#include "http/head_parser.hpp"
#include "http/header_rules.hpp"
#include "http/http_date.hpp"
#include "proxy/core.hpp"
#include "proxy/pause.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

using proxy::verdict;

/// A whole number of seconds, bounded so that a story takes less than a century.
std::chrono::seconds seconds_in(std::string_view text) {
  std::int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::chrono::seconds{std::clamp<std::int64_t>(number, -10'000'000, 10'000'000)};
}

records::kind kind_in(std::string_view word) {
  for (const auto each : {records::kind::integration, records::kind::virtual_key})
    if (word == records::object_name(each)) return each;
  return records::kind::provider;
}

proxy::freshness_rule rule_in(std::string_view word) {
  if (word == "settings") return proxy::freshness_rule::settings;
  return word == "origin" ? proxy::freshness_rule::origin : proxy::freshness_rule::shortest;
}

std::expected<proxy::upstream_answer, proxy::failure> answer_in(std::string_view text) {
  const auto status =
      static_cast<unsigned>(std::clamp(seconds_in(cut(text, "\n")).count(), std::int64_t{0}, std::int64_t{599}));
  proxy::upstream_answer out;
  const auto fields = text.starts_with('\n') ? std::string_view{} : cut(text, "\n\n");
  out.head.fields = fields_from(fields);
  if (text.starts_with('\n')) text.remove_prefix(1);
  out.head.status = status;
  out.body = text;
  if (status == 0)
    return std::unexpected(proxy::failure{.kind = proxy::failure_kind::reset, .sent = true, .detail = ""});
  if (status < 200)
    return std::unexpected(proxy::failure{.kind = proxy::failure_kind::too_large, .sent = true, .detail = ""});
  return out;
}

/// One lookup, told of one answer after the other.
class story {
 public:
  story(records::kind kind, proxy::freshness_rule rule) : core_(settings_by(rule), clock_, process_keys{}) {
    lookup_.kind = kind;
    lookup_.ident = "s";
    lookup_.key = "key";
  }

  /// Forward; the wall clock alone may be set back.
  void wait(std::chrono::seconds by) {
    if (by.count() >= 0) return clock_.advance(by);
    clock_.step_wall(by);
  }

  void tell(const std::expected<proxy::upstream_answer, proxy::failure>& came) {
    const auto confirming = core_.to_confirm(lookup_, clock_.now());
    const auto sent = clock_.now();
    clock_.advance(std::chrono::milliseconds{40});
    auto boarded = core_.board(lookup_);
    require(boarded.permit.has_value(), "somebody else is fetching");
    const auto landed = core_.settle({*boarded.flight, lookup_, confirming, sent}, came);
    require(landed != nullptr && (landed->answer != nullptr || landed->why), "neither an answer nor a reason");
    if (landed->answer) check_entry(*landed->answer);
    check_verdict(*landed, came, confirming.get());
    if (came) check_pause(*landed, *came);
    if (boarded.permit) boarded.permit->land(landed);
    look();
  }

  void look() const {
    auto& core = const_cast<proxy::core&>(core_);  // looking moves an entry to the front, and nothing else
    const auto now = clock_.now();
    const auto seen = core.look(lookup_, now);
    if (!seen.entry || seen.use == cache::usability::unusable) return;
    const auto& e = *seen.entry;
    require(now.wall < e.hard_deadline && now.mono < e.usable_until, "served past its end");
    if (seen.use == cache::usability::fresh)
      require(now.wall < e.soft_deadline && now.mono < e.fresh_until, "not fresh");
    check_entry(e);
  }

 private:
  static proxy::settings settings_by(proxy::freshness_rule rule) {
    proxy::settings out;
    out.freshness.rule = rule;
    return out;
  }

  void check_entry(const cache::entry& e) const {
    require(e.stored_at <= e.fresh_until && e.fresh_until <= e.revalidate_until && e.revalidate_until <= e.usable_until,
            "times that don't ascend");
    require(e.initial_age >= duration{}, "younger than new");
    const auto& ours = core_.config().freshness;
    if (ours.rule != proxy::freshness_rule::origin && e.what == cache::entry_class::record)
      require(e.fresh_until - e.stored_at <= ours.ttl, "fresh for longer than the TTL");
    if (e.what == cache::entry_class::marker) return;
    http::response_head head;
    const auto read = http::parse_response_head(e.head + "\r\n", http::method::head, head);
    require(read.has_value() && head.status == e.status, "a head that a strict reader refuses");
    for (const auto& [name, value] : head.fields)
      require(!http::is_hop_by_hop(name) && !equal_ignoring_case(name, "set-cookie"),
              "a field of another's connection");
  }

  void check_verdict(const proxy::landing& landed, const std::expected<proxy::upstream_answer, proxy::failure>& came,
                     const cache::entry* confirmed) {
    const auto now = clock_.now();
    const auto seen = core_.look(lookup_, now);
    const bool served = seen.entry && seen.use != cache::usability::unusable;
    const bool is_record = served && seen.entry->what == cache::entry_class::record;
    switch (landed.verdict) {
      case verdict::record: {
        const auto facts = records::extract_facts(lookup_.kind, came->body);
        require(facts.has_value(), "a record that is none");
        if (is_record) require(landed.stored && seen.entry->bytes() == came->body, "an older record is served");
        if (is_record && facts && facts->expires_at && *facts->expires_at > now.wall)
          require(seen.entry->hard_deadline <= *facts->expires_at, "a deadline is not kept");
        if (came->head.fields.lists("cache-control", "no-store")) require(!served, "no-store is stored");
        break;
      }
      case verdict::confirmed:
        if (is_record)
          require(confirmed != nullptr && seen.entry->bytes() == confirmed->bytes(), "a 304 changes bytes");
        break;
      case verdict::absent:
      case verdict::forbidden:
      case verdict::unauthorised:
        require(!is_record, "a record is served that was denied");
        break;
      default:
        break;
    }
  }

  void check_pause(const proxy::landing& landed, const proxy::upstream_answer& came) const {
    if (landed.verdict != verdict::throttled) return;
    const auto now = clock_.now();
    const auto until = core_.paused_until(lookup_, now);
    if (until)
      require(*until - now.mono <= proxy::with_jitter(proxy::longest_pause, ~std::uint64_t{0}),
              "paused for longer than ever");
    const auto text = came.head.fields.find("retry-after").value_or("");
    const bool digits =
        !text.empty() && text.size() < 9 && text.find_first_not_of("0123456789") == std::string_view::npos;
    if (digits && text.find_first_not_of('0') != std::string_view::npos) require(until.has_value(), "not paused");
    const auto date = http::parse_http_date(text, now.wall);
    if (date && *date > now.wall) require(until.has_value(), "not paused until a date ahead");
  }

  manual_clock clock_;
  proxy::core core_;
  proxy::lookup lookup_;
};

}  // namespace

void answer(std::string_view text) {
  constexpr std::size_t most = 8;  // answers of a story, for the sake of speed
  auto waits = split(cut(text, "\n"), " ");
  waits.resize(std::max<std::size_t>(waits.size(), 2));
  story told(kind_in(waits[0]), rule_in(waits[1]));
  waits.erase(waits.begin(), waits.begin() + 2);
  const auto answers = split(text, "\n---\n");
  for (std::size_t i = 0; i < std::min(answers.size(), most); ++i) {
    if (i < waits.size()) told.wait(seconds_in(waits[i]));
    told.tell(answer_in(answers[i]));
  }
  for (std::size_t i = answers.size(); i < std::min(waits.size(), answers.size() + most); ++i) {
    told.wait(seconds_in(waits[i]));
    told.look();
  }
}

}  // namespace sidecache::fuzz
