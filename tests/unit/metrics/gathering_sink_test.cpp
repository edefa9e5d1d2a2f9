// Lines that come together are written together, in their order, and none waits for another to come.
#include "metrics/gathering_sink.hpp"

#include <gtest/gtest.h>
#include <spdlog/pattern_formatter.h>

#include <memory>
#include <string>

namespace sidecache::metrics {
namespace {

struct gathered : testing::Test {
  gathered() { sink->set_formatter(std::make_unique<spdlog::pattern_formatter>("%v")); }
  ~gathered() override {
    sink.reset();
    std::fclose(file);
    std::free(bytes);
  }
  void comes(std::string_view line, bool more_wait) {
    more = more_wait;
    sink->log({"log", spdlog::level::info, spdlog::string_view_t(line.data(), line.size())});
  }
  std::string written() const { return {bytes, size}; }

  char* bytes = nullptr;
  std::size_t size = 0;
  std::FILE* file = open_memstream(&bytes, &size);
  bool more = false;
  int pauses = 0;
  std::unique_ptr<gathering_sink> sink =
      std::make_unique<gathering_sink>(file, [this] { return more; }, [this] { ++pauses; });
};

TEST_F(gathered, a_line_that_comes_alone_is_there_at_once_and_a_pause_follows) {
  comes("one", false);
  EXPECT_EQ(written(), "one\n");
  EXPECT_EQ(pauses, 1);
}

TEST_F(gathered, lines_behind_which_others_wait_are_written_with_them) {
  comes("one", true);
  comes("two", true);
  EXPECT_EQ(written(), "");
  EXPECT_EQ(pauses, 0);
  comes("three", false);
  EXPECT_EQ(written(), "one\ntwo\nthree\n");
  EXPECT_EQ(pauses, 1);
}

TEST_F(gathered, who_has_much_to_write_does_not_pause_and_holds_no_more_than_so_much) {
  const std::string line(1023, 'x');
  for (std::size_t i = 0; i < 2 * gathering_sink::most_bytes / 1024; ++i) {
    comes(line, true);
    EXPECT_GT(written().size() + gathering_sink::most_bytes, (i + 1) * 1024);
  }
  EXPECT_EQ(written().size(), 2 * gathering_sink::most_bytes);
  for (std::size_t i = 1; i < gathering_sink::busy_lines; ++i) comes("a", true);
  comes("last", false);
  EXPECT_TRUE(written().ends_with("a\nlast\n"));
  EXPECT_EQ(pauses, 0);
}

TEST_F(gathered, the_last_lines_are_written_when_it_goes) {
  comes("one", true);
  sink.reset();
  EXPECT_EQ(written(), "one\n");
}

TEST_F(gathered, a_flush_writes_what_is_there) {
  comes("one", true);
  sink->flush();
  EXPECT_EQ(written(), "one\n");
}

}  // namespace
}  // namespace sidecache::metrics
