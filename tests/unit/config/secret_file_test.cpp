#include "config/secret_file.hpp"

#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using secret_file_test = loading;

TEST_F(secret_file_test, the_text_is_taken_without_the_editors_line_end) {
  const auto token = read_secret_file(file("token", " \nhunter2 hunter3\r\n"));
  ASSERT_TRUE(token);
  EXPECT_EQ(token->view(), "hunter2 hunter3");
}

TEST_F(secret_file_test, nothing_readable_is_an_error_without_the_path) {
  EXPECT_EQ(read_secret_file(file("empty", "\n")).error(), "an empty file");
  EXPECT_EQ(read_secret_file(folder_).error(), "a directory");
  EXPECT_EQ(read_secret_file(folder_ / "gone").error(), "a file that is not there");
  EXPECT_EQ(read_secret_file(file("long", std::string(65'537, 'x'))).error(), "a file over 64KiB");
  EXPECT_TRUE(read_secret_file(file("fits", std::string(65'536, 'x'))));
}

TEST_F(secret_file_test, neither_path_nor_text_is_among_the_settings_in_effect) {
  const auto path = file("hunter2", "hunter2");
  const auto loaded = load(from_environment({{"SIDECACHE_ADMIN_TOKEN_FILE", path}}));
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->values.admin.token_file, path);
  EXPECT_EQ(in_effect(*loaded, "admin.token_file").text, "(set)");
  for (const auto& row : loaded->in_effect) EXPECT_FALSE(row.text.contains("hunter2"));
}

}  // namespace
}  // namespace sidecache::config
