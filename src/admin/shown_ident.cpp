#include "admin/shown_ident.hpp"

#include <simdjson.h>

#include "metrics/escaped_text.hpp"

namespace sidecache::admin {
namespace {

constexpr std::size_t longest_ident = 256;

}  // namespace

std::string shown_ident(std::string_view ident) {
  const bool cut = ident.size() > longest_ident;
  ident = ident.substr(0, longest_ident);
  std::string made;
  if (simdjson::validate_utf8(ident.data(), ident.size())) {
    made = ident;
  } else {
    metrics::append_one_line(made, ident);
  }
  return cut ? made + "..." : made;
}

}  // namespace sidecache::admin
