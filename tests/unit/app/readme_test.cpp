// The README's tables are the code's own. With SIDECACHE_WRITE_DOCS set, this writes them instead (./dev docs).
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "config/settings_documents.hpp"
#include "http/refusals_document.hpp"
#include "metrics/access_fields.hpp"
#include "metrics/catalogue.hpp"

namespace {

const std::string readme = SIDECACHE_SOURCE_DIR "/README.md";

std::string content_of(const std::string& path) {
  const std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void check_section(const std::string& name, const std::string& table) {
  std::string text = content_of(readme);
  const auto from = text.find("-->\n", text.find("<!-- " + name + ":")) + 4;
  const auto to = text.find("<!-- end of " + name + " -->");
  ASSERT_LE(from, to) << "README.md has no section for " << name;
  const std::string wanted = "\n" + table + "\n";
  if (std::getenv("SIDECACHE_WRITE_DOCS") != nullptr) {
    std::ofstream(readme) << text.replace(from, to - from, wanted);
  } else {
    EXPECT_EQ(text.substr(from, to - from), wanted) << "the table has changed: ./dev docs writes it into README.md";
  }
}

TEST(readme, has_the_table_of_settings) { check_section("settings", sidecache::config::settings_markdown()); }

TEST(readme, has_the_table_of_metrics) { check_section("metrics", sidecache::metrics::catalogue_markdown()); }

TEST(readme, has_the_table_of_refusals) { check_section("refusals", sidecache::http::refusals_markdown()); }

TEST(readme, has_the_table_of_access_fields) {
  check_section("access fields", sidecache::metrics::access_fields_markdown());
}

}  // namespace
