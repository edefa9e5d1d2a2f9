#include "cache/family.hpp"

namespace sidecache::cache {

family family_of(records::kind k) {
  switch (k) {
    case records::kind::integration:
    case records::kind::integration_list:
      return family::integration;
    case records::kind::virtual_key:
    case records::kind::provider:
      return family::key;
    case records::kind::config:
      return family::config;
    case records::kind::prompt:
      return family::prompt;
    case records::kind::prompt_partial:
      return family::prompt_partial;
    case records::kind::guardrail:
      return family::guardrail;
    case records::kind::api_key:
      return family::api_key;
  }
  return family::key;
}

std::string_view to_string(family f) {
  using records::kind;
  constexpr std::array<kind, 7> kinds{kind::integration,    kind::virtual_key, kind::config, kind::prompt,
                                      kind::prompt_partial, kind::guardrail,   kind::api_key};
  return records::collection_name(kinds[static_cast<std::size_t>(f)]);
}

}  // namespace sidecache::cache
