// A JSON text and the positions of its tokens, found by simdjson's first stage (SIMD: 12 GB/s on a 1.4 KB record).
//
// Why the first stage alone. Every value must be looked at, to know that the whole text is valid and to count what no
// schema names; walking all of it so by simdjson's on-demand front end takes as long as the cursor (json_cursor.hpp)
// with all its lookups in the schemas (its inlined parts are built for plain x86-64), and its DOM refuses whole
// documents for a number or a surrogate that it can't hold, which a control plane may well send. Both need the text
// copied into a padded buffer, from where keys would have to be wiped. The first stage reads strictly inside the text,
// keeps positions only, and proves that the text is UTF-8, that its strings are closed and that they hold no control
// characters.
//
// A document borrows its thread's index: at most one document is alive on a thread at a time, and it doesn't leave it.
// Texts over 64 KiB get an index of their own. The text must outlive the document, the document its cursors.
#pragma once

#include <simdjson.h>

#include <expected>
#include <memory>
#include <string_view>

#include "records/json_cursor.hpp"
#include "sidecache/parse.hpp"

namespace sidecache::records {

class json_document {
 public:
  /// Errors: too_large, not_json. Throws std::bad_alloc.
  [[nodiscard]] static std::expected<json_document, parse_error> index(std::string_view text);

  /// At the first token.
  [[nodiscard]] json_cursor cursor() const;

 private:
  using tokens = simdjson::internal::dom_parser_implementation;
  json_document(std::string_view text, std::unique_ptr<tokens> own, const tokens& in_use)
      : text_(text), own_(std::move(own)), tokens_(&in_use) {}

  std::string_view text_;
  std::unique_ptr<tokens> own_;  ///< for a large text
  const tokens* tokens_;
};

}  // namespace sidecache::records
