#include "admin/status_page.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <boost/json/value.hpp>
#include <chrono>
#include <cmath>
#include <iterator>

#include "admin/page_assets.hpp"
#include "base/outcome.hpp"
#include "metrics/escaped_text.hpp"

namespace sidecache::admin {
namespace {

/// In the words of somebody who reads the page, in the order of the enumeration.
constexpr std::array<std::string_view, outcome_names.size()> outcome_meanings{
    "fresh, from memory",
    "from memory while it is fetched anew",
    "from memory because the control plane could not answer",
    "the control plane said that what is stored still holds",
    "fetched for this request",
    "fetched once for several requests",
    "a remembered 401, 403 or 404",
    "a lookup that may not be answered from memory",
    "no lookup: streamed through",
    "a write: streamed through, what it touches dropped",
    "refused to protect the control plane or this process",
    "refused because of what the client sent",
    "the client left before its answer was complete",
    "the control plane failed and nothing stored could stand in",
};

double as_number(const boost::json::value& value) {
  return value.is_double() ? value.get_double() : value.to_number<double>();
}

std::string formatted(const boost::json::value& value, std::string_view format) {
  if (value.is_null()) return "none yet";
  if (format == "bytes") return format_bytes(as_number(value));
  if (format == "seconds") return format_seconds(as_number(value));
  if (format == "ratio") return fmt::format("{:.1f} %", 100 * as_number(value));
  return format_count(static_cast<std::int64_t>(as_number(value)));
}

/// The document, as it grows.
class writer {
 public:
  explicit writer(const boost::json::object& stats) : stats_(stats) {}

  template <class... Args>
  writer& add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
    return *this;
  }
  writer& raw(std::string_view text) {
    text_.append(text);
    return *this;
  }
  /// A number that the script keeps current. `path` as in "cache.bytes".
  [[nodiscard]] std::string figure(std::string_view path, std::string_view format) const {
    const boost::json::object* at = &stats_;
    auto rest = path;
    for (auto dot = rest.find('.'); dot != std::string_view::npos; dot = rest.find('.')) {
      at = &at->at(rest.substr(0, dot)).as_object();
      rest.remove_prefix(dot + 1);
    }
    return fmt::format(R"(<span data-path="{}" data-format="{}">{}</span>)", path, format,
                       formatted(at->at(rest), format));
  }
  [[nodiscard]] bool ready() const { return stats_.at("ready").as_bool(); }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  const boost::json::object& stats_;
  std::string text_;
};

void write_top(writer& out, const page_content& content) {
  out.raw(
         "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
         "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
         "<title>sidecache</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>")
      .raw(page_style)
      .raw("</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the figures</a>\n<header>\n");
  out.add("<h1>sidecache</h1>\n<span>{}</span>\n<span id=\"ready\" class=\"state{}\">{}</span>\n",
          html(content.version), out.ready() ? "" : " bad", out.ready() ? "ready" : "shutting down");
  out.add("<span id=\"mode\" class=\"state bad\"{}>{}</span>\n", content.mode.empty() ? " hidden" : "",
          html(content.mode));
  out.add(
      "<span id=\"note\" class=\"note\" role=\"status\"></span>\n"
      "<button id=\"pause\" type=\"button\" data-entries=\"{}\" hidden>Pause updates</button>\n</header>\n",
      page_entries);
}

void write_glance(writer& out) {
  const auto tile = [&](std::string_view name, const std::string& figure, const std::string& small) {
    out.add("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", name, figure, small);
  };
  out.raw("<section aria-labelledby=\"h-glance\">\n<h2 id=\"h-glance\">At a glance</h2>\n<dl class=\"tiles\">\n");
  tile("Hit ratio", out.figure("lookups.hit_ratio", "ratio"),
       "of " + out.figure("lookups.total", "count") + " lookups");
  tile("Requests", out.figure("requests.total", "count"),
       "from " + out.figure("clients.connections", "count") + " open connections");
  tile("Entries", out.figure("cache.entries", "count"), "in " + out.figure("cache.bytes", "bytes"));
  tile("Asked upstream", out.figure("upstream.attempts", "count"),
       out.figure("upstream.connections.active", "count") + " active, " +
           out.figure("upstream.connections.idle", "count") + " idle connections");
  tile("Up for", out.figure("uptime_seconds", "seconds"), out.figure("process.resident_bytes", "bytes") + " resident");
  out.raw("</dl>\n</section>\n");
}

void open_table(writer& out, std::string_view id, std::string_view title) {
  out.add(
      "<section aria-labelledby=\"h-{0}\">\n<h2 id=\"h-{0}\">{1}</h2>\n"
      "<div class=\"scroll\" role=\"region\" aria-labelledby=\"h-{0}\" tabindex=\"0\">\n<table>\n",
      id, title);
}
constexpr std::string_view close_table = "</tbody>\n</table>\n</div>\n</section>\n";

void write_requests(writer& out) {
  open_table(out, "outcomes", "Requests by outcome");
  out.raw(
      "<thead><tr><th scope=\"col\">outcome</th><th scope=\"col\" class=\"number\">requests</th>"
      "<th scope=\"col\">meaning</th></tr></thead>\n<tbody>\n");
  for (std::size_t i = 0; i < outcome_names.size(); ++i) {
    out.add("<tr><th scope=\"row\"><code>{0}</code></th><td class=\"number\">{1}</td><td>{2}</td></tr>\n",
            outcome_names[i], out.figure(fmt::format("requests.by_outcome.{}", outcome_names[i]), "count"),
            outcome_meanings[i]);
  }
  out.raw(close_table);
}

void write_upstream(writer& out) {
  open_table(out, "upstream", "Answers of the control plane");
  out.raw(
      "<thead><tr><th scope=\"col\">status or failure</th><th scope=\"col\" class=\"number\">attempts</th></tr>"
      "</thead>\n<tbody>\n");
  for (const std::string_view name : {"2xx", "3xx", "4xx", "5xx", "timeout", "connect", "reset", "tls", "protocol"}) {
    out.add("<tr><th scope=\"row\"><code>{0}</code></th><td class=\"number\">{1}</td></tr>\n", name,
            out.figure(fmt::format("upstream.by_class.{}", name), "count"));
  }
  out.raw(close_table);
}

void write_entries(writer& out, const std::vector<entry_row>& entries) {
  open_table(out, "entries", "Entries");
  out.raw(
      "<thead><tr><th scope=\"col\">slug or id</th><th scope=\"col\">plane</th>"
      "<th scope=\"col\">route</th><th scope=\"col\">credential</th>"
      "<th scope=\"col\" class=\"number\">status</th><th scope=\"col\" class=\"number\">bytes</th>"
      "<th scope=\"col\" class=\"number\">age</th><th scope=\"col\" class=\"number\">fresh for</th></tr></thead>\n"
      "<tbody id=\"entries\">\n");
  const auto seconds = [](duration d) { return format_seconds(std::chrono::duration<double>(d).count()); };
  for (const auto& entry : entries) {
    std::string ident;
    metrics::append_one_line(ident, entry.ident);
    out.add(
        "<tr><th scope=\"row\"><code>{}</code></th><td>{}</td><td>{}</td><td><code>{}</code></td>"
        "<td class=\"number\">{}</td>"
        "<td class=\"number\">{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td></tr>\n",
        html(ident), html(entry.plane), http::to_string(entry.route), html(entry.credential), entry.status,
        format_bytes(static_cast<double>(entry.bytes)), seconds(entry.age), seconds(entry.ttl));
  }
  out.raw("</tbody>\n</table>\n</div>\n");
  out.add(
      "<p class=\"note\"><span id=\"entries-shown\">{}</span> of {} shown; more at "
      "<a href=\"/api/entries?limit=1000\">/api/entries</a>. A credential is shown by the start of its keyed "
      "digest.</p>\n</section>\n",
      format_count(static_cast<std::int64_t>(entries.size())), out.figure("cache.entries", "count"));
}

void write_settings(writer& out, const std::vector<setting_row>& settings, const std::string& reload) {
  open_table(out, "settings", "Settings");
  out.raw(
      "<thead><tr><th scope=\"col\">setting</th><th scope=\"col\">value</th><th scope=\"col\">from</th>"
      "<th scope=\"col\">default</th><th scope=\"col\">change</th><th scope=\"col\">effect</th></tr></thead>\n"
      "<tbody>\n");
  for (const auto& row : settings) {
    out.add(
        "<tr><th scope=\"row\"><code>{}</code></th><td><code>{}</code></td><td>{}</td><td><code>{}</code></td>"
        "<td>{}</td><td>{}</td></tr>\n",
        html(row.key), html(row.value), html(row.source), html(row.default_value), row.live ? "live" : "restart",
        html(row.help));
  }
  out.raw(close_table);
  if (!reload.empty()) out.add("<p id=\"reload\">Read anew: {}</p>\n", html(reload));
}

/// 'sha256-…' of an inline element's text (Content Security Policy Level 3 §2.3.1).
std::string hash_source(std::string_view text) {
  std::array<unsigned char, 32> hash{};
  EVP_Digest(text.data(), text.size(), hash.data(), nullptr, EVP_sha256(), nullptr);
  std::array<unsigned char, 45> base64{};  // 4 * ceil(32 / 3), and a NUL
  EVP_EncodeBlock(base64.data(), hash.data(), static_cast<int>(hash.size()));
  std::string made = "'sha256-";
  made.append(base64.begin(), base64.end() - 1);
  return made + "'";
}

}  // namespace

std::string html(std::string_view text) {
  std::string made;
  made.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        made += "&amp;";
        break;
      case '<':
        made += "&lt;";
        break;
      case '>':
        made += "&gt;";
        break;
      case '"':
        made += "&quot;";
        break;
      case '\'':
        made += "&#39;";
        break;
      default:
        made += c;
    }
  }
  return made;
}

std::string format_count(std::int64_t value) {
  std::string digits = std::to_string(value);
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > (value < 0 ? 1 : 0); i -= 3) {
    digits.insert(static_cast<std::size_t>(i), 1, ',');
  }
  return digits;
}

std::string format_bytes(double value) {
  constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t i = 0;
  for (; value >= 1024 && i + 1 < units.size(); ++i) value /= 1024;
  return i == 0 ? fmt::format("{:.0f} B", value) : fmt::format("{:.1f} {}", value, units[i]);
}

std::string format_seconds(double value) {
  if (value < 0) return "-" + format_seconds(-value);
  const auto s = static_cast<std::int64_t>(value);
  if (s < 60) return fmt::format("{} s", s);
  if (s < 3600) return fmt::format("{} min {} s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{} h {} min", s / 3600, s % 3600 / 60);
  return fmt::format("{} d {} h", s / 86400, s % 86400 / 3600);
}

std::string page_policy() {
  return "default-src 'none'; script-src " + hash_source(page_script) + "; style-src " + hash_source(page_style) +
         "; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

std::string status_page(const page_content& content) {
  writer out(content.stats);
  write_top(out, content);
  out.raw("<main id=\"main\">\n");
  write_glance(out);
  out.raw("<div class=\"columns\">\n");
  write_requests(out);
  write_upstream(out);
  out.raw("</div>\n");
  write_entries(out, content.entries);
  write_settings(out, content.settings, content.reload);
  out.raw(
         "</main>\n<footer><nav aria-label=\"The same as JSON\"><a href=\"/api/stats\">/api/stats</a> · "
         "<a href=\"/api/entries\">/api/entries</a> · <a href=\"/api/settings\">/api/settings</a></nav></footer>\n"
         "<script>")
      .raw(page_script)
      .raw("</script>\n</body>\n</html>\n");
  return out.take();
}

}  // namespace sidecache::admin
