#include "app/fault_timeline_file.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <span>

#include "base/text.hpp"
#include "base/units.hpp"
#include "config/yaml_document.hpp"

namespace sidecache::app {
namespace {

using config::config_error;
using mock::fault_kind;

/// One entry as it is written, with what a kind takes for granted.
struct entry {
  duration from{};
  duration until = duration::max();
  double share = 1;
  unsigned status = 0;
  std::optional<std::uint64_t> retry_after;
  std::optional<std::uint64_t> bytes;
  std::uint64_t bytes_per_second = 1000;
  duration latency = std::chrono::milliseconds(100);
  duration jitter{};
  std::string path;
};

struct kind_row {
  std::string_view name;
  std::string_view members;  ///< besides kind, at, share and path
};
constexpr std::array kinds{kind_row{"brownout", "status,retry_after,latency"},
                           kind_row{"error", "status,retry_after"},
                           kind_row{"throttle", "retry_after"},
                           kind_row{"reset", ""},
                           kind_row{"cut", "bytes"},
                           kind_row{"trickle", "bytes_per_second"},
                           kind_row{"latency", "latency,jitter"}};

entry defaults_of(std::string_view kind) {
  entry made;
  if (kind == "brownout") {
    made.share = 0.5;
    made.status = 503;
    made.latency = std::chrono::milliseconds(500);
  }
  if (kind == "error") made.status = 500;
  if (kind == "throttle") made.retry_after = 1;
  return made;
}

bool read_whole(std::string_view text, std::uint64_t least, std::uint64_t most, std::uint64_t& into) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < least || value > most) return false;
  into = value;
  return true;
}

bool read_share(std::string_view text, double& into) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0 && value <= 1)) return false;
  into = value;
  return true;
}

bool read_time(std::string_view text, duration& into) {
  const auto value = parse_duration(trim(text));
  if (!value) return false;
  into = *value;
  return true;
}

/// "30s..90s", "30s.."
bool read_span(std::string_view text, entry& into) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos || !read_time(text.substr(0, dots), into.from)) return false;
  const auto end = trim(text.substr(dots + 2));
  return end.empty() || (read_time(end, into.until) && into.from < into.until);
}

/// What was expected; "" if it was found.
std::string_view read_member(std::string_view name, std::string_view text, entry& into) {
  constexpr std::uint64_t any = std::uint64_t{1} << 40U;
  std::uint64_t number = 0;
  if (name == "at") return read_span(text, into) ? "" : "a span of time: 30s..90s, or 30s.. up to the end";
  if (name == "share") return read_share(text, into.share) ? "" : "a number from 0 to 1";
  if (name == "latency") return read_time(text, into.latency) ? "" : "a duration: 200ms";
  if (name == "jitter") return read_time(text, into.jitter) ? "" : "a duration: 200ms";
  if (name == "path") {
    into.path = text;
    return "";
  }
  if (name == "status") {
    if (!read_whole(text, 400, 599, number)) return "a status from 400 to 599";
    into.status = static_cast<unsigned>(number);
  } else if (name == "retry_after") {
    if (!read_whole(text, 0, 86'400, number)) return "seconds, from 0 to 86400";
    into.retry_after = number;
  } else if (name == "bytes") {
    if (!read_whole(text, 0, any, number)) return "a whole number";
    into.bytes = number;
  } else {
    if (!read_whole(text, 1, any, number)) return "a whole number of at least 1";
    into.bytes_per_second = number;
  }
  return "";
}

mock::fault fault_of(fault_kind kind, const entry& from) {
  mock::fault made{.kind = kind, .path = from.path, .rate = from.share, .from = from.from, .until = from.until};
  return made;
}

void add_faults(std::string_view kind, const entry& from, std::vector<mock::fault>& to) {
  if (kind == "brownout" || kind == "latency") {
    auto slow = fault_of(fault_kind::latency, from);
    if (kind == "brownout") slow.rate = 1;
    slow.wait = from.latency;
    slow.jitter = from.jitter;
    to.push_back(std::move(slow));
  }
  if (kind == "brownout" || kind == "error" || kind == "throttle") {
    auto refused = fault_of(kind == "throttle" ? fault_kind::rate_limit : fault_kind::error, from);
    refused.status = from.status;
    refused.retry_after = from.retry_after;
    to.push_back(std::move(refused));
  }
  if (kind == "reset") to.push_back(fault_of(fault_kind::reset, from));
  if (kind == "cut") {
    auto cut = fault_of(fault_kind::truncate, from);
    cut.bytes = from.bytes;
    to.push_back(std::move(cut));
  }
  if (kind == "trickle") {
    constexpr std::uint64_t pieces_a_second = 20;
    auto slow = fault_of(fault_kind::slow_body, from);
    slow.bytes = std::max<std::uint64_t>(1, from.bytes_per_second / pieces_a_second);
    slow.wait = duration(std::chrono::seconds(1)) * static_cast<std::int64_t>(*slow.bytes) /
                static_cast<std::int64_t>(from.bytes_per_second);
    to.push_back(std::move(slow));
  }
}

class reader {
 public:
  void read(const config::node& root) {
    if (root.shape != config::shape::list) return complain(root.where, "", "something else", "a list of faults");
    for (const config::node& each : root.items) read_entry(each, "[" + std::to_string(number_++) + "]");
  }
  std::vector<mock::fault> faults;
  std::vector<config_error> errors;

 private:
  void complain(const config::place& where, std::string key, std::string found, std::string expected) {
    errors.push_back({.where = where,
                      .key = std::move(key),
                      .found = std::move(found),
                      .expected = std::move(expected),
                      .closest = {}});
  }
  void read_entry(const config::node& from, const std::string& key) {
    if (from.shape != config::shape::map) return complain(from.where, key, "something else", "a map: {at, kind, ...}");
    const auto named = std::ranges::find(from.members, "kind", &config::member::name);
    const auto kind = named == from.members.end()
                          ? kinds.end()
                          : std::ranges::find(kinds, std::string_view(named->value.text), &kind_row::name);
    if (kind == kinds.end())
      return complain(named == from.members.end() ? from.where : named->value.where, key + ".kind",
                      named == from.members.end() ? "none" : config::in_quotes(named->value.text),
                      "brownout, error, throttle, reset, cut, trickle or latency");
    entry read = defaults_of(kind->name);
    for (const config::member& each : from.members) {
      if (each.name == "kind") continue;
      bool known = each.name == "at" || each.name == "share" || each.name == "path";
      for_each_list_member(kind->members, [&](std::string_view name) { known = known || name == each.name; });
      if (!known) {
        complain(each.where, key + "." + each.name, "a setting that a " + std::string(kind->name) + " has not", "");
      } else if (each.value.shape != config::shape::text) {
        complain(each.value.where, key + "." + each.name, "something else", "a single value");
      } else if (const auto wanted = read_member(each.name, trim(each.value.text), read); !wanted.empty()) {
        complain(each.value.where, key + "." + each.name, config::in_quotes(each.value.text), std::string(wanted));
      }
    }
    add_faults(kind->name, read, faults);
  }
  std::size_t number_ = 0;
};

}  // namespace

std::expected<std::vector<mock::fault>, std::vector<config_error>> read_timeline(const std::string& name,
                                                                                 const std::string& text) {
  auto document = config::parse_yaml(name, text);
  reader all;
  all.errors = std::move(document.errors);
  if (document.root) all.read(*document.root);
  if (!all.errors.empty()) return std::unexpected(std::move(all.errors));
  return std::move(all.faults);
}

}  // namespace sidecache::app
