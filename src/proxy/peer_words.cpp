#include "proxy/peer_words.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/digest.hpp"
#include "http/route.hpp"

namespace sidecache::proxy {
namespace {

namespace json = boost::json;

constexpr std::size_t longest_epoch = 64;

/// RFC 3986 §2.1: whatever is not unreserved (§2.3) is escaped.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    if (unreserved.contains(c)) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4U], digits[byte & 0xFU]};
  }
  return out;
}

std::optional<std::uint64_t> number_in(std::string_view text, int base) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string in_hex(std::uint64_t number) {
  std::array<char, 16> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, 16).ptr;
  return {digits.data(), end};
}

bool is_epoch(std::string_view text) {
  return text.size() <= longest_epoch && std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7F; });
}

std::optional<cache::family> family_called(std::string_view name) {
  const auto* const at = std::ranges::find(cache::all_families, name, [](cache::family f) { return to_string(f); });
  return at == cache::all_families.end() ? std::nullopt : std::optional(*at);
}

std::string text_in(const json::object& of, std::string_view name) {
  const json::value* at = of.if_contains(name);
  const json::string* text = at == nullptr ? nullptr : at->if_string();
  return text == nullptr ? std::string{} : std::string(*text);
}

/// Idents are whatever clients put in targets, and JSON takes UTF-8 alone: bytes travel as the code points of their
/// values.
std::string widened(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      out += c;
    } else {
      out += {static_cast<char>(0xC0U | byte >> 6U), static_cast<char>(0x80U | (byte & 0x3FU))};
    }
  }
  return out;
}

/// Nothing if there is a code point past a byte's.
std::optional<std::string> narrowed(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x80) {
      out += text[i];
    } else if ((byte == 0xC2 || byte == 0xC3) && i + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++i]);
      out += static_cast<char>((byte & 0x3U) << 6U | (next & 0x3FU));
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::expected<void, std::string> add_record(const json::value& from, std::vector<sync_addition>& to) {
  const json::object* record = from.if_object();
  if (record == nullptr) return std::unexpected(std::string("a record that is no object"));
  const auto of = family_called(text_in(*record, "family"));
  auto ident = narrowed(text_in(*record, "ident"));
  auto workspace = narrowed(text_in(*record, "workspace_id"));
  if (!ident || ident->empty() || !workspace) return std::unexpected(std::string("a record without a name"));
  if (of) to.push_back({.of = *of, .ident = std::move(*ident), .workspace_id = std::move(*workspace)});
  return {};
}

}  // namespace

std::string target_of(const peer_question& asked) {
  return std::string(peer_path) + "?organisation=" + percent_encoded(asked.whose.organisation) +
         "&client=" + in_hex(asked.whose.client) + "&epoch=" + percent_encoded(asked.told.epoch) +
         "&told=" + std::to_string(asked.told.number);
}

std::expected<peer_question, std::string> read_peer_question(std::string_view target) {
  const auto client = number_in(http::query_value(target, "client"), 16);
  const auto told = number_in(http::query_value(target, "told"), 10);
  std::string epoch = http::query_value(target, "epoch");
  if (!client) return std::unexpected(std::string("client: hexadecimal digits"));
  if (!told) return std::unexpected(std::string("told: a whole number"));
  if (!is_epoch(epoch)) return std::unexpected(std::string("epoch: at most 64 characters"));
  return peer_question{.whose = {.organisation = http::query_value(target, "organisation"), .client = *client},
                       .told = {.epoch = std::move(epoch), .number = *told}};
}

std::string text_of(const peer_answer& said) {
  json::array records;
  for (const sync_addition& each : said.named)
    records.push_back(
        {{"family", to_string(each.of)}, {"ident", widened(each.ident)}, {"workspace_id", widened(each.workspace_id)}});
  return json::serialize(
      json::object{{"epoch", said.upto.epoch}, {"number", said.upto.number}, {"records", std::move(records)}});
}

std::expected<peer_answer, std::string> read_peer_answer(std::string_view body) {
  json::error_code error;
  const json::value parsed = json::parse(body, error);
  const json::object* outer = error ? nullptr : parsed.if_object();
  if (outer == nullptr) return std::unexpected(std::string("no JSON object"));
  peer_answer out{.upto = {.epoch = text_in(*outer, "epoch")}, .named = {}};
  if (out.upto.epoch.empty() || !is_epoch(out.upto.epoch)) return std::unexpected(std::string("no epoch"));
  const json::value* number = outer->if_contains("number");
  json::error_code no_number;
  if (number != nullptr) out.upto.number = number->to_number<std::uint64_t>(no_number);
  if (number == nullptr || no_number) return std::unexpected(std::string("no number"));
  const json::value* records = outer->if_contains("records");
  if (records == nullptr || !records->is_array()) return std::unexpected(std::string("no records"));
  for (const json::value& each : records->get_array())
    if (auto added = add_record(each, out.named); !added) return std::unexpected(std::move(added.error()));
  return out;
}

peer_seal::peer_seal(const secret& shared) {
  // As HKDF extracts (RFC 5869 §2.2): an HMAC of the secret under a key that is none.
  for (const auto& [part, label] : {std::pair{0, "first"}, std::pair{1, "second"}}) {
    const digest128 half = keyed_digest({}, {"sidecache peers", label, shared.view()});
    std::ranges::copy(half, key_.begin() + static_cast<std::ptrdiff_t>(part * half.size()));
  }
}

siphash_key peer_seal::tenant_key() const {
  const digest128 made = keyed_digest(key_, {"client"});
  siphash_key out;
  std::memcpy(&out.k0, made.data(), sizeof out.k0);
  std::memcpy(&out.k1, made.data() + sizeof out.k0, sizeof out.k1);
  return out;
}

std::string peer_seal::of_question(std::string_view target) const {
  const digest128 made = keyed_digest(key_, {"question", target});
  return to_hex(made.data(), made.size());
}

std::string peer_seal::of_answer(std::string_view target, std::string_view body) const {
  const digest128 made = keyed_digest(key_, {"answer", target, body});
  return to_hex(made.data(), made.size());
}

}  // namespace sidecache::proxy
