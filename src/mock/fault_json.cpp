// Faults as `/__mock/faults` takes and shows them.
#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "mock/fault.hpp"

namespace sidecache::mock {
namespace {

namespace json = boost::json;

struct kind_row {
  fault_kind kind;
  std::string_view name;
};
constexpr std::array kinds{
    kind_row{fault_kind::latency, "latency"},
    kind_row{fault_kind::error, "error"},
    kind_row{fault_kind::rate_limit, "rate_limit"},
    kind_row{fault_kind::html, "html"},
    kind_row{fault_kind::reset, "reset"},
    kind_row{fault_kind::stall, "stall"},
    kind_row{fault_kind::slow_body, "slow_body"},
    kind_row{fault_kind::truncate, "truncate"},
    kind_row{fault_kind::wrong_length, "wrong_length"},
    kind_row{fault_kind::chunked, "chunked"},
    kind_row{fault_kind::cut_chunk, "cut_chunk"},
    kind_row{fault_kind::gzip, "gzip"},
    kind_row{fault_kind::huge_body, "huge_body"},
    kind_row{fault_kind::many_headers, "many_headers"},
    kind_row{fault_kind::header, "header"},
};

fault with_defaults(fault_kind kind) {
  fault one{.kind = kind};
  switch (kind) {
    case fault_kind::error:
      one.status = 500;
      break;
    case fault_kind::html:
      one.status = 200;
      break;
    case fault_kind::stall:
      one.wait = std::chrono::minutes{1};
      break;
    case fault_kind::slow_body:
      one.wait = std::chrono::milliseconds{50};
      break;
    case fault_kind::many_headers:
      one.count = 100'000;
      break;
    default:
      break;
  }
  return one;
}

using read_result = std::expected<void, std::string>;

read_result number(std::string_view name, const json::value& value, std::uint64_t most, std::uint64_t& into) {
  if (const auto* whole = value.if_int64(); whole != nullptr && *whole >= 0 && std::uint64_t(*whole) <= most) {
    into = static_cast<std::uint64_t>(*whole);
    return {};
  }
  return std::unexpected(std::string(name) + " must be a whole number from 0 to " + std::to_string(most));
}

read_result text(std::string_view name, const json::value& value, std::string& into) {
  if (const auto* is = value.if_string()) {
    into.assign(is->data(), is->size());
    return {};
  }
  return std::unexpected(std::string(name) + " must be a string");
}

read_result milliseconds(std::string_view name, const json::value& value, duration& into) {
  std::uint64_t count = 0;
  if (auto read = number(name, value, 86'400'000, count); !read) return read;
  into = std::chrono::milliseconds{count};
  return {};
}

read_result rate(const json::value& value, double& into) {
  if (value.is_number()) into = value.to_number<double>();
  if (!value.is_number() || into < 0 || into > 1) return std::unexpected("rate must be a number from 0 to 1");
  return {};
}

read_result when(const json::value& value, bool& after) {
  if (value != "before" && value != "after") return std::unexpected("when must be before or after");
  after = value == "after";
  return {};
}

read_result read_member(std::string_view name, const json::value& value, fault& into) {
  constexpr std::uint64_t any = std::uint64_t{1} << 40U;
  if (name == "kind") return {};
  if (name == "path") return text(name, value, into.path);
  if (name == "method") return text(name, value, into.method);
  if (name == "name") return text(name, value, into.name);
  if (name == "value") return text(name, value, into.value);
  if (name == "ms") return milliseconds(name, value, into.wait);
  if (name == "jitter_ms") return milliseconds(name, value, into.jitter);
  if (name == "from_ms") return milliseconds(name, value, into.from);
  if (name == "until_ms") return milliseconds(name, value, into.until);
  if (name == "rate") return rate(value, into.rate);
  if (name == "when") return when(value, into.after);
  if (name == "times") return number(name, value, any, into.times.emplace());
  if (name == "bytes") return number(name, value, any, into.bytes.emplace());
  if (name == "count") return number(name, value, 1'000'000, into.count);
  if (name == "retry_after") return number(name, value, 86'400, into.retry_after.emplace());
  if (name == "status") {
    std::uint64_t status = 0;
    auto read = number(name, value, 599, status);
    if (read && status < 200) return std::unexpected("status must be from 200 to 599");
    into.status = static_cast<unsigned>(status);
    return read;
  }
  return std::unexpected("unknown member " + std::string(name));
}

std::uint64_t in_milliseconds(duration value) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(value).count());
}

}  // namespace

std::expected<fault, std::string> parse_fault(const json::object& from) {
  const auto* named = from.if_contains("kind");
  const std::string_view name = named != nullptr && named->is_string() ? std::string_view(named->get_string()) : "";
  const auto* const row = std::ranges::find(kinds, name, &kind_row::name);
  if (row == kinds.end()) {
    std::string expected = "kind must be one of";
    for (const auto& one : kinds) expected.append(" ").append(one.name);
    return std::unexpected(expected);
  }
  fault one = with_defaults(row->kind);
  for (const auto& [member, value] : from)
    if (auto read = read_member(member, value, one); !read) return std::unexpected(read.error());
  if (one.kind == fault_kind::header && one.name.empty()) return std::unexpected("name is required");
  if ((one.name + one.value).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
    return std::unexpected("name and value must be one line");
  return one;
}

json::object to_json(const fault& one) {
  json::object shown{{"kind", std::ranges::find(kinds, one.kind, &kind_row::kind)->name}};
  if (!one.path.empty()) shown["path"] = one.path;
  if (!one.method.empty()) shown["method"] = one.method;
  if (one.rate < 1) shown["rate"] = one.rate;
  if (one.times) shown["times"] = *one.times;
  if (one.wait > duration::zero()) shown["ms"] = in_milliseconds(one.wait);
  if (one.jitter > duration::zero()) shown["jitter_ms"] = in_milliseconds(one.jitter);
  if (one.after) shown["when"] = "after";
  if (one.status != 0) shown["status"] = one.status;
  if (one.retry_after) shown["retry_after"] = *one.retry_after;
  if (one.bytes) shown["bytes"] = *one.bytes;
  if (one.from > duration::zero()) shown["from_ms"] = in_milliseconds(one.from);
  if (one.until != duration::max()) shown["until_ms"] = in_milliseconds(one.until);
  if (one.count != 0) shown["count"] = one.count;
  if (!one.name.empty()) shown["name"] = one.name;
  if (!one.value.empty()) shown["value"] = one.value;
  return shown;
}

}  // namespace sidecache::mock
