// The status page: one HTML document that needs nothing from anywhere else, complete as it is served, and kept current
// by a small script that fetches /api/stats and /api/entries.
//
// Numbers stand in elements with data-path (where in /api/stats) and data-format; the script rewrites exactly those,
// with the same four formats as here. Style and script are inline and allowed by their hashes in the page's
// Content-Security-Policy, so nothing that gets into a row by mistake could ever run.
#pragma once

#include <boost/json/object.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "admin/views.hpp"

namespace sidecache::admin {

struct page_content {
  std::string_view version;
  const boost::json::object& stats;  ///< as /api/stats has it
  const std::vector<entry_row>& entries;
  const std::vector<setting_row>& settings;
  std::string reload = {};  ///< what came of the last one; "" before it
  std::string mode = {};    ///< "shadow", "gateways: bypass"; "" where memory answers
};
/// How many entries the page shows; its script asks for as many.
constexpr std::size_t page_entries = 25;

[[nodiscard]] std::string status_page(const page_content& content);

/// The value of the page's Content-Security-Policy.
[[nodiscard]] std::string page_policy();

/// As the page writes them, for tests: 1,234 · 1.5 KiB · 98.7 % · 2 d 3 h.
[[nodiscard]] std::string format_count(std::int64_t value);
[[nodiscard]] std::string format_bytes(double value);
[[nodiscard]] std::string format_seconds(double value);

/// With & < > " ' as character references.
[[nodiscard]] std::string html(std::string_view text);

}  // namespace sidecache::admin
