// Every committed input, once, through its target: what fuzzing has found stays found in builds without libFuzzer.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <vector>

#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

using target = void (*)(std::string_view);

const std::map<std::string, target>& targets() {
  static const std::map<std::string, target> all{
      {"answer", answer},
      {"cache_control", cache_control},
      {"config", config},
      {"record", record},
      {"request_head", request_head},
      {"request_roundtrip", request_roundtrip},
      {"target_and_key", target_and_key},
      {"upstream_head", upstream_head},
  };
  return all;
}

std::filesystem::path corpora() { return std::filesystem::path(SIDECACHE_SOURCE_DIR) / "tests/fuzz/corpus"; }

std::vector<std::filesystem::path> inputs_of(const std::string& name) {
  const std::filesystem::directory_iterator folder(corpora() / name);
  std::vector<std::filesystem::path> files(begin(folder), end(folder));
  std::ranges::sort(files);
  return files;
}

class fuzz_corpus : public testing::TestWithParam<std::string> {};

TEST_P(fuzz_corpus, keeps_every_promise) {
  const auto files = inputs_of(GetParam());
  ASSERT_GE(files.size(), 5U) << "seeds are what fuzzing starts from";
  for (const auto& file : files) {
    std::ifstream in(file, std::ios::binary);
    // A vector of exactly that size, so that AddressSanitizer sees any read past it.
    const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
    EXPECT_NO_THROW(targets().at(GetParam())({bytes.data(), bytes.size()})) << file;
  }
}

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, call] : targets()) all.push_back(name);
  return all;
}
INSTANTIATE_TEST_SUITE_P(targets, fuzz_corpus, testing::ValuesIn(names()), [](const auto& info) { return info.param; });

TEST(fuzz_corpora, each_folder_and_dictionary_belongs_to_a_target) {
  std::vector<std::string> folders;
  for (const auto& each : std::filesystem::directory_iterator(corpora())) folders.push_back(each.path().filename());
  std::ranges::sort(folders);
  EXPECT_EQ(folders, names());
  for (const auto& name : names()) EXPECT_TRUE(exists(corpora().parent_path() / (name + ".dict"))) << name;
}

}  // namespace
}  // namespace sidecache::fuzz
