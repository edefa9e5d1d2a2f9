#include "proxy/sync_answer.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "records/json_document.hpp"

namespace sidecache::proxy {
namespace {

using cache::changes;
using cache::family;
using records::json_cursor;
using records::json_type;

/// The first that stands in a name takes its part of it: a prompt partial is no prompt.
constexpr std::array<std::pair<std::string_view, family>, 8> words{{
    {"promptpartial", family::prompt_partial},
    {"partial", family::prompt_partial},
    {"prompt", family::prompt},
    {"virtualkey", family::key},
    {"provider", family::key},
    {"integration", family::integration},
    {"guardrail", family::guardrail},
    {"config", family::config},
}};
constexpr std::string_view api_key = "apikey";

std::string letters_of(std::string_view name) {
  std::string out;
  for (const char c : lower(name))
    if (c >= 'a' && c <= 'z') out.push_back(c);
  return out;
}

/// Who a record is: what of an element may stand where a slug or a UUID stands.
bool names_it(std::string_view member) {
  const std::string name = letters_of(member);
  return name == "slug" || name == "id" || name == "uuid" || name == "ident";
}

class reading {
 public:
  explicit reading(changes& into) : into_(into) {}

  void member(const json_member& each) {
    const auto families = families_named(each.name);
    switch (each.value.front()) {
      case '[':
        return list(each.value, families);
      case '{':
        if (!members_of(each.value).value_or(std::vector<json_member>(1)).empty()) into_.everything = true;
        return;
      case 'n':
        return;
      default:  // a version, an identifier; but not where a list was expected
        if (!families.empty()) into_.everything = true;
    }
  }

 private:
  void list(std::string_view text, const std::vector<family>& families) {
    const auto document = records::json_document::index(text);
    if (!document) {
      into_.everything = true;
      return;
    }
    json_cursor at = document->cursor();
    at.elements([&] { element(at, families); });
    if (!at.ok()) into_.everything = true;
  }

  void element(json_cursor& at, const std::vector<family>& families) {
    bool named = false;
    const auto add = [&](std::string_view ident) {
      named = true;
      if (families.empty()) into_.items.push_back({.of = std::nullopt, .ident = std::string(ident)});
      for (const family of : families) into_.items.push_back({.of = of, .ident = std::string(ident)});
    };
    if (const json_type type = at.type(); type == json_type::text) {
      add(at.text().value_or(""));
    } else if (type == json_type::object) {
      at.members([&](std::string_view name) {
        if (!names_it(name)) return at.skip();
        if (const auto ident = at.text(); ident && !ident->empty()) add(*ident);
      });
    } else {
      at.skip();
    }
    if (!named) whole(families);
  }

  void whole(const std::vector<family>& families) {
    if (families.empty()) into_.everything = true;
    for (const family of : families) into_.items.push_back({.of = of, .ident = {}});
  }

  changes& into_;
};

const json_member* find(const std::vector<json_member>& among, std::string_view name) {
  const auto at = std::ranges::find(among, name, &json_member::name);
  return at == among.end() ? nullptr : &*at;
}

}  // namespace

std::string_view without_space(std::string_view json) {
  constexpr std::string_view space = " \t\r\n";
  const auto from = json.find_first_not_of(space);
  if (from == std::string_view::npos) return {};
  return json.substr(from, json.find_last_not_of(space) - from + 1);
}

std::optional<std::vector<json_member>> members_of(std::string_view object) {
  const auto document = records::json_document::index(object);
  if (!document) return std::nullopt;
  json_cursor at = document->cursor();
  if (at.type() != json_type::object) return std::nullopt;
  std::vector<json_member> out;
  at.members([&](std::string_view name) {
    std::string kept(name);
    out.push_back({std::move(kept), at.raw()});
  });
  if (!at.ok() || !at.at_end()) return std::nullopt;
  return out;
}

std::vector<family> families_named(std::string_view member) {
  std::string name = letters_of(member);
  std::vector<family> out;
  for (const auto& [word, of] : words) {
    const auto at = name.find(word);
    if (at == std::string::npos) continue;
    name.replace(at, word.size(), " ");
    if (std::ranges::find(out, of) == out.end()) out.push_back(of);
  }
  if (name.contains(api_key)) out.push_back(family::api_key);
  return out;
}

std::optional<family> family_listed(std::string_view member) {
  constexpr std::array<std::pair<std::string_view, family>, 8> names{{{"integrations", family::integration},
                                                                      {"virtualkeys", family::key},
                                                                      {"configs", family::config},
                                                                      {"prompts", family::prompt},
                                                                      {"promptpartials", family::prompt_partial},
                                                                      {"guardrails", family::guardrail},
                                                                      {"apikeyids", family::api_key},
                                                                      {"apikeys", family::api_key}}};
  std::string name = letters_of(member);
  if (const char last = member.empty() ? ' ' : member.back(); last >= '0' && last <= '9' && name.ends_with('v'))
    name.pop_back();  // a version
  const auto* const at = std::ranges::find(names, name, &std::pair<std::string_view, family>::first);
  if (at == names.end()) return std::nullopt;
  return at->second;
}

std::expected<sync_lists, std::string> find_lists(std::string_view body) {
  auto outer = members_of(body);
  if (!outer) return std::unexpected("it is no JSON object");
  // Of two members of one name readers take either (RFC 8259 §4): a gateway may read what we don't.
  for (const std::string_view name : {"success", "data"})
    if (std::ranges::count(*outer, name, &json_member::name) > 1) return std::unexpected("it has two of one member");
  const json_member* const success = find(*outer, "success");
  const json_member* const data = find(*outer, "data");
  if (success != nullptr && success->value != "true") return std::unexpected("it says that it is no success");
  if (data == nullptr && success != nullptr) return std::unexpected("it has no data");
  if (data == nullptr) return sync_lists{.lists = *std::move(outer), .data = without_space(body)};
  if (data->value == "null" || data->value.front() == '[') return sync_lists{.lists = {}, .data = data->value};
  auto lists = members_of(data->value);
  if (!lists) return std::unexpected("its data is no object");
  return sync_lists{.lists = *std::move(lists), .data = data->value};
}

std::expected<changes, std::string> read_changes(std::string_view body) {
  const auto found = find_lists(body);
  if (!found) return std::unexpected(found.error());
  changes out;
  reading in(out);
  for (const json_member& each : found->lists) in.member(each);
  // A list in place of the object: it may name anything, unless it is empty.
  if (found->lists.empty() && found->data.front() == '[') in.member({.name = {}, .value = found->data});
  return out;
}

}  // namespace sidecache::proxy
