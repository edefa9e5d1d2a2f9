// An identifier that stays the same over restarts, whatever happens while it is made.
#include "app/kept_identifier.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

namespace sidecache::app {
namespace {

class kept_identifier_test : public testing::Test {
 protected:
  kept_identifier_test() {
    std::string pattern = testing::TempDir() + "sidecache-identifier-XXXXXX";
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
    folder_ = pattern;
  }
  ~kept_identifier_test() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string at() const { return folder_ / "identifier"; }
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), {}));
  }

  std::filesystem::path folder_;
};

TEST_F(kept_identifier_test, is_drawn_once_and_kept) {
  const std::string first = kept_identifier(at());
  EXPECT_TRUE(first.starts_with("sidecache-"));
  EXPECT_EQ(first.size(), 26U);
  EXPECT_EQ(kept_identifier(at()), first);
  EXPECT_EQ(files(), 1U) << "no draft is left behind";
  EXPECT_NE(kept_identifier(folder_ / "another"), first);
}

TEST_F(kept_identifier_test, may_be_written_by_hand) {
  std::ofstream(at()) << "replica-7_b\n";
  EXPECT_EQ(kept_identifier(at()), "replica-7_b");
}

TEST_F(kept_identifier_test, what_would_change_the_query_is_refused) {
  for (const char* const wrong : {"", "\n", "a&version=9\n", "a b\n", "a%26\n"}) {
    std::ofstream(at(), std::ios::trunc) << wrong;
    EXPECT_THROW((void)kept_identifier(at()), std::invalid_argument) << wrong;
  }
  std::ofstream(at(), std::ios::trunc) << std::string(129, 'a');
  EXPECT_THROW((void)kept_identifier(at()), std::invalid_argument);
}

TEST_F(kept_identifier_test, where_it_can_not_be_kept_nothing_starts) {
  EXPECT_THROW((void)kept_identifier(folder_ / "no-such-folder" / "identifier"), std::invalid_argument);
  EXPECT_THROW((void)kept_identifier(folder_), std::invalid_argument);
}

TEST_F(kept_identifier_test, of_several_that_start_at_once_all_have_the_same) {
  std::vector<std::string> got(8);
  std::vector<std::thread> all;
  for (auto& each : got) all.emplace_back([&each, this] { each = kept_identifier(at()); });
  for (auto& each : all) each.join();
  EXPECT_EQ(std::set(got.begin(), got.end()).size(), 1U);
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace sidecache::app
