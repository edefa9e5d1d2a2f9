// The table as documents: they can't say anything else than the code does. With SIDECACHE_WRITE_DOCS set the example
// file and the schema are written instead (./dev docs).
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "config/settings_documents.hpp"
#include "config/settings_schema.hpp"
#include "config/settings_table.hpp"
#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

std::string content_of(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

class documents_test : public loading {
 protected:
  /// A paragraph of the example that is commented out.
  [[nodiscard]] std::string uncommented(const std::string& first) const {
    const std::string text = content_of(example_);
    std::istringstream lines(text.substr(text.find(first)));
    std::string yaml;
    for (std::string line; std::getline(lines, line) && !line.empty();) yaml += line.substr(2) + "\n";
    return yaml;
  }
  const std::string example_ = SIDECACHE_SOURCE_DIR "/config/sidecache.yaml";
};

TEST_F(documents_test, the_example_file_is_what_the_table_says) {
  if (std::getenv("SIDECACHE_WRITE_DOCS") != nullptr) {
    std::ofstream(example_, std::ios::binary) << settings_example();
    return;
  }
  EXPECT_EQ(content_of(example_), settings_example()) << "./dev docs writes it";
}

TEST_F(documents_test, the_schema_is_what_the_table_says) {
  const std::string schema = SIDECACHE_SOURCE_DIR "/deploy/sidecache.schema.json";
  if (std::getenv("SIDECACHE_WRITE_DOCS") != nullptr) {
    std::ofstream(schema, std::ios::binary) << settings_schema();
    return;
  }
  EXPECT_EQ(content_of(schema), settings_schema()) << "./dev docs writes it";
}

TEST_F(documents_test, the_example_files_first_line_tells_editors_where_the_schema_is) {
  const std::string text = content_of(example_);
  constexpr std::string_view begins = "# yaml-language-server: $schema=";
  ASSERT_TRUE(text.starts_with(begins));
  const auto named = text.substr(begins.size(), text.find('\n') - begins.size());
  const auto from_there = std::filesystem::path(example_).parent_path() / named;
  EXPECT_EQ(content_of(from_there), settings_schema()) << named;
}

TEST_F(documents_test, the_example_file_is_all_defaults) {
  sources from;
  from.file = example_;
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << complaints(from);
  EXPECT_EQ(loaded->values, default_settings());
  for (const auto& row : loaded->in_effect)
    EXPECT_EQ(row.source.kind == source_kind::default_value, row.what->default_text.empty()) << row.what->key;
}

TEST_F(documents_test, the_examples_routes_are_right_once_they_are_uncommented) {
  const auto from = from_yaml(uncommented("# routes:"));
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << complaints(from);
  ASSERT_EQ(loaded->values.plane.routes.size(), 2U);
  EXPECT_EQ(loaded->values.plane.routes[1].ident, "main");
}

TEST_F(documents_test, the_examples_planes_are_right_once_they_are_uncommented) {
  const auto from = from_yaml(uncommented("# planes:"));
  const auto loaded = load(from);
  ASSERT_TRUE(loaded) << complaints(from);
  ASSERT_EQ(loaded->values.planes.size(), 2U);
  EXPECT_EQ(loaded->values.planes[0].prefix, "/cp");
  EXPECT_EQ(loaded->values.planes[1].kind, plane_kind::data);
}

TEST_F(documents_test, the_markdown_table_has_a_row_of_five_cells_for_each_setting) {
  std::istringstream lines(settings_markdown());
  std::vector<std::string> rows;
  for (std::string line; std::getline(lines, line);) {
    EXPECT_EQ(std::ranges::count(line, '|'), 6) << line;
    rows.push_back(line);
  }
  ASSERT_EQ(rows.size(), settings_table().size() + 2);
  for (std::size_t i = 0; i < settings_table().size(); ++i)
    EXPECT_TRUE(rows[i + 2].starts_with("| `" + std::string(settings_table()[i].key) + "` | ")) << rows[i + 2];
  EXPECT_TRUE(settings_markdown().contains("| `threads` | `1` | 1 to 256 threads | restart | Worker threads"));
  EXPECT_TRUE(settings_markdown().contains("| `upstream.ca_file` | none | path | restart | "));
  EXPECT_TRUE(
      settings_markdown().contains("| `cache.ttl` | `30s`, of a data plane `10s` | duration, 0s to 7d | live | "));
}

}  // namespace
}  // namespace sidecache::config
