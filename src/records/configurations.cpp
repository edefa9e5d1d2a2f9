#include "sidecache/configurations.hpp"

#include <algorithm>
#include <array>

#include "records/configuration_fields.hpp"

namespace sidecache::records {
namespace {

struct alternative {
  std::string_view ai_provider_id;
  schema known;
  void (*read)(json_cursor&, configurations&);
};

template <class Config>
void read_as(json_cursor& from, configurations& to) {
  Config config;
  read_members(from, config);
  to.provider = std::move(config);
}

template <class Config>
constexpr alternative as(std::string_view ai_provider_id) {
  return {ai_provider_id, schema_of<Config>, read_as<Config>};
}

/// In the reference's order, which decides where nothing else does.
constexpr std::array alternatives{
    as<openai_configuration>("openai"),       as<azure_openai_configuration>("azure-openai"),
    as<bedrock_configuration>("bedrock"),     as<vertex_configuration>("vertex-ai"),
    as<azure_ai_configuration>("azure-ai"),   as<workers_ai_configuration>("workers-ai"),
    as<sagemaker_configuration>("sagemaker"), as<huggingface_configuration>("huggingface"),
    as<cortex_configuration>("cortex"),
};

/// A masked field speaks for its provider as the plain one does.
std::string_view without_mask(std::string_view name) {
  return name.starts_with(masked_prefix) ? name.substr(masked_prefix.size()) : name;
}

/// The alternative with most of the fields present, then the one that `ai_provider_id` names, then the first.
const alternative* choose(json_cursor& from, std::string_view ai_provider_id) {
  std::array<std::size_t, alternatives.size()> present{};
  from.members([&](std::string_view name) {
    for (std::size_t i = 0; i < alternatives.size(); ++i) {
      if (alternatives[i].known.find(without_mask(name)) != schema::none) ++present[i];
    }
    from.skip();
  });
  const std::size_t most = std::ranges::max(present);
  if (most == 0) return nullptr;
  const alternative* chosen = nullptr;
  for (std::size_t i = 0; i < alternatives.size(); ++i) {
    if (present[i] != most) continue;
    if (chosen == nullptr || alternatives[i].ai_provider_id == ai_provider_id) chosen = &alternatives[i];
  }
  return chosen;
}

void read_common(json_cursor& from, configurations& to) {
  from.members([&](std::string_view name) {
    const auto custom = schema_of<custom_host_configuration>.find(name);
    if (custom != schema::none) {
      if (!to.custom_host) to.custom_host.emplace();
      fields<custom_host_configuration>[custom].fill(from, *to.custom_host);
    } else if (name.starts_with(masked_prefix)) {
      auto& masked = to.masked.emplace_back(std::string(without_mask(name)), std::string{});
      masked.text = text_or_raw(from);
    } else {
      from.skip();
    }
  });
}

}  // namespace

void read_configurations(json_cursor& from, std::string_view ai_provider_id, configurations& to) {
  to = {};
  const auto begin = from.position();
  const alternative* const chosen = choose(from, ai_provider_id);
  if (chosen != nullptr) {
    from.rewind(begin);
    chosen->read(from, to);
  }
  from.rewind(begin);
  read_common(from, to);
}

}  // namespace sidecache::records
