// What a line looks like, what hostile bytes become in it, and what happens when nobody reads.
#include "metrics/log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <future>
#include <sstream>

#include "metrics/escaped_text.hpp"

namespace sidecache::metrics {
namespace {

std::string hostile() {
  return std::string("a\"b\\c\nd\re\x1b[31mf\tg\x7Fh") + '\0' + "i\xC3\xA9\xC2\x9Bj";  // ESC [ as one C1 byte, too
}

/// What the log writes while `use(log)` runs.
template <class Use>
std::string written(log_settings settings, Use use) {
  std::ostringstream out;
  {
    log lines(settings, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
    use(lines);
  }
  return out.str();
}

TEST(log, a_text_line_has_time_level_and_message) {
  const auto line = written({}, [](log&) { spdlog::warn("upstream {} is back", "x"); });
  EXPECT_THAT(line, testing::MatchesRegex(
                        "[0-9]+-[0-9]+-[0-9]+T[0-9]+:[0-9]+:[0-9]+\\.[0-9][0-9][0-9]Z warn upstream x is back\n"));
}

TEST(log, hostile_bytes_stay_on_their_line_of_text) {
  const auto line = written({}, [](log&) { spdlog::info(hostile()); });
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_NE(line.find(R"(a"b\\c\x0ad\x0de\x1b[31mf\x09g\x7fh\x00i)"), std::string::npos) << line;
  EXPECT_NE(line.find("\xC3\xA9\\x9bj"), std::string::npos) << line;
}

TEST(log, a_json_line_is_json_whatever_the_message_holds) {
  const auto line = written({.format = log_format::json}, [](log&) { spdlog::error(hostile()); });
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  simdjson::dom::parser parser;
  const simdjson::dom::element parsed = parser.parse(line).value();
  EXPECT_EQ(parsed["level"].get_string().value(), "error");
  EXPECT_EQ(std::string(parsed["message"].get_string().value()), hostile()) << "nothing is lost either";
}

TEST(log, a_line_of_logfmt_has_its_message_in_quotes) {
  const auto line = written({.format = log_format::logfmt}, [](log&) { spdlog::warn("upstream \"x\" is\nback"); });
  EXPECT_THAT(line, testing::MatchesRegex("time=[-0-9T:.]+Z level=warn message=.*\n"));
  EXPECT_THAT(line, testing::EndsWith(R"( message="upstream \"x\" is\x0aback")"
                                      "\n"));
}

TEST(log, bytes_that_are_no_utf8_do_not_break_the_json) {
  const auto line = written({.format = log_format::json}, [](log&) { spdlog::error("x\xFF\xC3(y"); });
  simdjson::dom::parser parser;
  EXPECT_EQ(parser.parse(line)["message"].get_string().value(), "x\xEF\xBF\xBD\xEF\xBF\xBD(y");
}

TEST(log, bytes_that_are_no_utf8_are_spelt_out_in_text) {
  std::string text;
  append_one_line(text, "x\xFF\xC3(y");
  EXPECT_EQ(text, R"(x\xff\xc3(y)");
  text.clear();
  append_quoted(text, "say \"hi\" \\ now\n");
  EXPECT_EQ(text, R"("say \"hi\" \\ now\x0a")");
}

TEST(log, lines_below_the_level_are_left_out_and_the_level_can_change) {
  const auto text = written({.level = log_level::warn}, [](log& lines) {
    spdlog::info("one");
    spdlog::warn("two");
    lines.set_level(log_level::debug);
    spdlog::debug("three");
    lines.set_level(log_level::off);
    spdlog::error("four");
  });
  EXPECT_EQ(text.find("one"), std::string::npos);
  EXPECT_NE(text.find("two"), std::string::npos);
  EXPECT_NE(text.find("three"), std::string::npos);
  EXPECT_EQ(text.find("four"), std::string::npos);
}

TEST(log, gives_the_default_logger_back) {
  const auto before = spdlog::default_logger();
  (void)written({}, [&](log&) { EXPECT_NE(spdlog::default_logger(), before); });
  EXPECT_EQ(spdlog::default_logger(), before);
}

/// A standard error that nobody reads: it takes its first line and then stands still until told.
class stalled_sink final : public spdlog::sinks::sink {
 public:
  void log(const spdlog::details::log_msg& /*line*/) override {
    if (written_++ == 0) {
      entered_.set_value();
      released_.get_future().wait();
    }
  }
  void flush() override {}
  void set_pattern(const std::string& /*pattern*/) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter> /*formatter*/) override {}

  void wait_until_entered() { entered_.get_future().wait(); }
  void release() { released_.set_value(); }
  [[nodiscard]] int written() const { return written_; }

 private:
  std::atomic<int> written_ = 0;
  std::promise<void> entered_;
  std::promise<void> released_;
};

TEST(log, a_reader_that_stalls_costs_old_lines_which_are_counted_and_never_holds_a_worker) {
  const auto sink = std::make_shared<stalled_sink>();
  std::uint64_t dropped = 0;
  {
    log lines({.queue_lines = 8}, sink);
    spdlog::info("taken by the writing thread");
    sink->wait_until_entered();
    for (int i = 0; i < 100; ++i) spdlog::info("line {}", i);  // returns though nothing is written
    dropped = lines.dropped();
    sink->release();
  }
  EXPECT_EQ(dropped, 92U);
  EXPECT_EQ(sink->written(), 1 + 8);
}

}  // namespace
}  // namespace sidecache::metrics
