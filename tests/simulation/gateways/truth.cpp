#include "simulation/gateways/truth.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace sidecache::simulation::gateways {
namespace {

struct family {
  std::string_view path;
  std::string_view list;
  std::string_view object;
};
constexpr std::array<family, 5> families{{{"/v2/virtual-keys/", "virtualKeysV2", "virtual-key"},
                                          {"/v2/configs/", "configsV2", "config"},
                                          {"/v2/prompts/", "promptsV2", "prompt"},
                                          {"/v2/prompts/partials/", "promptPartialsV2", "prompt-partial"},
                                          {"/v2/guardrails/", "guardrailsV2", "guardrail"}}};

const family& family_of(record_number r) { return families[r % families.size()]; }

std::optional<std::uint32_t> number_at(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{}) return std::nullopt;
  return number;
}

}  // namespace

std::string_view to_string(weather how) {
  switch (how) {
    case weather::fair:
      return "fair";
    case weather::refused:
      return "refused";
    case weather::silent:
      return "silent";
    case weather::unavailable:
      return "503";
    case weather::flaky:
      return "every other 503";
  }
  return "";
}

std::string target_of(record_number r) {
  return fmt::format("{}r{}?organisation_id=org&workspace_id=ws", family_of(r).path, r);
}

std::optional<record_number> record_at(std::string_view target) {
  const auto path = target.substr(0, target.find('?'));
  return number_at(path.substr(path.rfind('/') + 2));
}

std::vector<record_number> named_by(std::string_view body) {
  std::vector<record_number> out;
  for (const family& each : families) {
    const auto begin = body.find(fmt::format("\"{}\":[", each.list));
    if (begin == std::string_view::npos) continue;
    const auto list = body.substr(begin, body.find(']', begin) - begin);
    constexpr std::string_view before = R"("slug":"r)";
    for (auto at = list.find(before); at != std::string_view::npos; at = list.find(before, at + 1))
      if (const auto r = number_at(list.substr(at + before.size()))) out.push_back(*r);
  }
  return out;
}

std::optional<std::uint32_t> version_in(std::string_view body) {
  constexpr std::string_view before = R"("version":)";
  const auto at = body.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  return number_at(body.substr(at + before.size()));
}

void truth::edit(record_number r, mono_time when) {
  ++edits;
  made_[r].push_back(when);
  for (auto& [identifier, names] : unheard_) names.insert(r);
}

std::string truth::record(record_number r) const {
  return fmt::format(
      R"({{"success":true,"data":{{"object":"{}","slug":"r{}","workspace_id":"ws","organisation_id":"org",)"
      R"("status":"active","version":{}}}}})",
      family_of(r).object, r, version(r));
}

std::string truth::changes_for(const std::string& identifier) {
  std::array<std::string, families.size()> lists;
  for (const record_number r : unheard_[identifier]) {
    std::string& list = lists[r % families.size()];
    list += fmt::format(R"({}{{"slug":"r{}","workspace_id":"ws"}})", list.empty() ? "" : ",", r);
  }
  unheard_[identifier].clear();
  std::string out = R"({"success":true,"data":{)";
  for (std::size_t i = 0; i < lists.size(); ++i)
    out += fmt::format(R"({}"{}":[{}])", i == 0 ? "" : ",", families[i].list, lists[i]);
  return out + "}}";
}

}  // namespace sidecache::simulation::gateways
