#include "records/json_document.hpp"

#include <cstdint>
#include <new>
#include <span>

namespace sidecache::records {
namespace {

using tokens = simdjson::internal::dom_parser_implementation;
constexpr std::size_t kept_per_thread = std::size_t{64} << 10U;

std::unique_ptr<tokens> make_tokens(std::size_t text_bytes) {
  std::unique_ptr<tokens> made;
  // The depth is that of the second stage, which is not used.
  if (simdjson::get_active_implementation()->create_dom_parser_implementation(text_bytes, 1, made) !=
      simdjson::SUCCESS) {
    throw std::bad_alloc{};
  }
  return made;
}

tokens& tokens_of_this_thread() {
  thread_local const std::unique_ptr<tokens> kept = make_tokens(kept_per_thread);
  return *kept;
}

}  // namespace

std::expected<json_document, parse_error> json_document::index(std::string_view text) {
  if (text.size() > max_document_bytes) return std::unexpected(parse_error::too_large);
  if (text.empty()) return std::unexpected(parse_error::not_json);
  std::unique_ptr<tokens> own;
  if (text.size() > kept_per_thread) own = make_tokens(text.size());
  tokens& in_use = own ? *own : tokens_of_this_thread();
  // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast): simdjson's bytes are unsigned
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
  if (in_use.stage1(bytes, text.size(), simdjson::stage1_mode::regular) != simdjson::SUCCESS) {
    return std::unexpected(parse_error::not_json);
  }
  return json_document(text, std::move(own), in_use);
}

json_cursor json_document::cursor() const {
  return {text_, {tokens_->structural_indexes.get(), tokens_->n_structural_indexes}};
}

}  // namespace sidecache::records
