// The page is well-formed, complete as served, needs nothing from outside, and its script fits its elements.
#include "admin/status_page.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <chrono>
#include <regex>
#include <set>

#include "admin/page_assets.hpp"
#include "admin/stats.hpp"
#include "metrics/collector.hpp"

namespace sidecache::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

boost::json::object some_stats() {
  metrics::collector figures("1.2.3");
  figures.add_worker("admin").finished(
      proxy::finished_request{.report = {.outcome = outcome::hit}, .method = "GET", .target = "/"});
  auto stats = stats_of(figures.readings());
  stats["ready"] = true;
  stats["version"] = "1.2.3";
  stats["uptime_seconds"] = 3725.0;
  return stats;
}

std::string some_page() {
  const auto stats = some_stats();
  const std::vector<entry_row> entries{{.plane = "gateway",
                                        .route = http::route::integrations,
                                        .ident = "openai-prod",
                                        .credential = "9a0b1c2d",
                                        .status = 200,
                                        .bytes = 1536,
                                        .age = 4s,
                                        .ttl = 26s}};
  const std::vector<setting_row> settings{{.key = "upstream.url",
                                           .value = "https://a.example/<x>",
                                           .source = "file",
                                           .default_value = "https://api.portkey.ai",
                                           .help = "where the \"control plane\" is",
                                           .live = false}};
  return status_page({.version = "1.2.3", .stats = stats, .entries = entries, .settings = settings});
}

/// What is wrong with the nesting of the page's elements; "" if nothing.
std::string nesting_error(std::string page) {
  for (const auto asset : {page_style, page_script}) page.replace(page.find(asset), asset.size(), "");
  const std::set<std::string> empty{"meta", "link"};
  std::vector<std::string> open;
  const std::regex tag(R"re(<(/?)([a-z0-9]+)((?: [a-z-]+(?:="[^"<>]*")?)*)>|<)re");
  auto rest = page.substr(page.find('\n'));
  for (auto at = std::sregex_iterator(rest.begin(), rest.end(), tag); at != std::sregex_iterator(); ++at) {
    const auto& found = *at;
    const std::string name = found[2];
    if (name.empty())
      return "a bare < or a broken tag at " + rest.substr(static_cast<std::size_t>(found.position()), 60);
    if (empty.contains(name)) continue;
    if (found[1].length() == 0) {
      open.push_back(name);
    } else if (open.empty() || open.back() != name) {
      return "</" + name + "> closes " + (open.empty() ? "nothing" : open.back());
    } else {
      open.pop_back();
    }
  }
  return open.empty() ? "" : open.back() + " is never closed";
}

TEST(status_page, is_well_formed) {
  const auto page = some_page();
  EXPECT_TRUE(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">"));
  EXPECT_EQ(nesting_error(page), "");
}

TEST(status_page, shows_figures_entries_and_settings_as_served) {
  const auto page = some_page();
  EXPECT_THAT(page, HasSubstr(R"(data-path="requests.by_outcome.hit" data-format="count">1<)"));
  EXPECT_THAT(page, HasSubstr(R"(data-path="uptime_seconds" data-format="seconds">1 h 2 min<)"));
  EXPECT_THAT(page, HasSubstr("<code>openai-prod</code></th><td>gateway</td><td>integrations</td>"));
  EXPECT_THAT(page, HasSubstr(">1.5 KiB<"));
  EXPECT_THAT(page, HasSubstr("<code>https://a.example/&lt;x&gt;</code>"));
  EXPECT_THAT(page, HasSubstr("where the &quot;control plane&quot; is"));
}

TEST(status_page, has_every_outcome_and_every_figure_is_in_the_stats) {
  const auto page = some_page();
  for (const auto name : outcome_names) EXPECT_THAT(page, HasSubstr("<code>" + std::string(name) + "</code>"));

  const boost::json::value stats = some_stats();
  const std::regex figure(R"re(data-path="([^"]*)")re");
  int figures = 0;
  for (auto at = std::sregex_iterator(page.begin(), page.end(), figure); at != std::sregex_iterator(); ++at) {
    const std::string pointer = "/" + std::regex_replace((*at)[1].str(), std::regex("\\."), "/");
    boost::system::error_code error;
    EXPECT_NE(stats.find_pointer(pointer, error), nullptr) << pointer;
    ++figures;
  }
  EXPECT_GT(figures, 25);
}

TEST(status_page, needs_nothing_from_outside_and_could_not_get_it) {
  const auto page = some_page();
  for (const auto* loads : {" src=", "@import", "url(", "<iframe", "<form", " style=", " onclick="}) {
    EXPECT_THAT(page, Not(HasSubstr(loads)));
  }
  const auto policy = page_policy();
  EXPECT_THAT(policy, HasSubstr("default-src 'none'"));
  EXPECT_THAT(policy, HasSubstr("frame-ancestors 'none'"));
  EXPECT_THAT(policy, Not(HasSubstr("unsafe")));
  EXPECT_THAT(page, HasSubstr("<style>" + std::string(page_style) + "</style>"));
  EXPECT_THAT(page, HasSubstr("<script>" + std::string(page_script) + "</script>"));
}

TEST(status_page, can_be_used_without_seeing_it) {
  const auto page = some_page();
  for (const auto* landmark : {"<header>", "<main id=\"main\">", "<footer>", "<nav aria-label=", "href=\"#main\""}) {
    EXPECT_THAT(page, HasSubstr(landmark));
  }
  const std::regex label(R"re(aria-labelledby="([^"]*)")re");
  for (auto at = std::sregex_iterator(page.begin(), page.end(), label); at != std::sregex_iterator(); ++at) {
    EXPECT_THAT(page, HasSubstr(" id=\"" + (*at)[1].str() + "\""));
  }
  const std::regex id(R"re( id="([^"]*)")re");
  std::set<std::string> ids;
  for (auto at = std::sregex_iterator(page.begin(), page.end(), id); at != std::sregex_iterator(); ++at) {
    EXPECT_TRUE(ids.insert((*at)[1]).second) << "twice: " << (*at)[1];
  }
}

TEST(status_page, the_script_finds_the_elements_that_it_asks_for) {
  const std::regex wanted(R"re(getElementById\("([^"]*)"\))re");
  const std::string script(page_script);
  const auto page = some_page();
  for (auto at = std::sregex_iterator(script.begin(), script.end(), wanted); at != std::sregex_iterator(); ++at) {
    EXPECT_THAT(page, HasSubstr(" id=\"" + (*at)[1].str() + "\""));
  }
}

TEST(status_page, numbers_are_written_for_people) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1000), "1,000");
  EXPECT_EQ(format_count(1234567), "1,234,567");
  EXPECT_EQ(format_count(-123456), "-123,456");
  EXPECT_EQ(format_bytes(1023), "1023 B");
  EXPECT_EQ(format_bytes(1536), "1.5 KiB");
  EXPECT_EQ(format_bytes(64.0 * 1024 * 1024), "64.0 MiB");
  EXPECT_EQ(format_seconds(59.9), "59 s");
  EXPECT_EQ(format_seconds(61), "1 min 1 s");
  EXPECT_EQ(format_seconds(-7), "-7 s");
  EXPECT_EQ(format_seconds(90061), "1 d 1 h");
}

TEST(status_page, says_in_its_head_that_memory_does_not_answer) {
  const auto stats = some_stats();
  const auto page_with = [&](std::string mode) {
    return status_page(
        {.version = "1.2.3", .stats = stats, .entries = {}, .settings = {}, .reload = {}, .mode = std::move(mode)});
  };
  EXPECT_THAT(page_with("<shadow>"), HasSubstr(R"(<span id="mode" class="state bad">&lt;shadow&gt;</span>)"));
  EXPECT_EQ(nesting_error(page_with("shadow")), "");
  EXPECT_THAT(page_with(""), HasSubstr(R"(<span id="mode" class="state bad" hidden></span>)"));
}

}  // namespace
}  // namespace sidecache::admin
