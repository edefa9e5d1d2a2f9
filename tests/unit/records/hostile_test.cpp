// Nothing that a control plane, or whoever answers in its place, can send crashes, stalls or deceives the readers.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <ctime>
#include <random>
#include <thread>

#include "any_body.hpp"
#include "sample.hpp"

namespace sidecache::records {
namespace {

not_a_record refused(std::string_view body) {
  const auto facts = extract_facts(kind::virtual_key, body);
  EXPECT_FALSE(facts) << body.substr(0, 80);
  return facts ? not_a_record::too_large : facts.error();
}

std::vector<std::string> samples() {
  return {test::sample("integration.json"),       test::sample("integration-older.json"),
          test::sample("virtual-key.json"),       std::string(test::live_integration),
          std::string(test::live_virtual_key),    std::string(test::live_provider),
          test::enveloped(test::live_virtual_key)};
}

TEST(hostile, a_record_cut_off_at_any_byte_is_none) {
  for (const std::string& whole : samples()) {
    const std::string_view record = std::string_view(whole).substr(0, whole.find_last_of('}') + 1);
    EXPECT_TRUE(test::read_any_body(record));
    for (std::size_t size = 0; size < record.size(); ++size) {
      // A copy of exactly that size, so that AddressSanitizer sees any read past it.
      const std::vector<char> cut(record.begin(), record.begin() + static_cast<std::ptrdiff_t>(size));
      EXPECT_FALSE(test::read_any_body({cut.data(), cut.size()})) << size;
    }
  }
}

TEST(hostile, what_follows_a_record_makes_it_none) {
  for (const char* after : {"x", "}", ",", "{}", "\"\"", "0", "]", ":", "\\", "\"", "null"}) {
    EXPECT_EQ(refused(std::string(R"({"slug":"a"})") + after), not_a_record::not_json) << after;
    EXPECT_EQ(refused(std::string(R"({"slug":"a"} )") + after), not_a_record::not_json) << after;
  }
  EXPECT_EQ(refused(std::string("{\"slug\":\"a\"}\0", 13)), not_a_record::not_json);
}

TEST(hostile, what_is_no_json_is_no_record_wherever_it_stands) {
  for (const char* bad : {"01",
                          "-",
                          "+1",
                          ".5",
                          "1.",
                          "1e",
                          "1e+",
                          "0x1",
                          "1_000",
                          "NaN",
                          "Infinity",
                          "tru",
                          "truee",
                          "True",
                          "nul",
                          "nullx",
                          "undefined",
                          "'a'",
                          "\"a",
                          "\"\\x\"",
                          "\"\\u12\"",
                          "\"\\u12g4\"",
                          "\"\n\"",
                          "\"\t\"",
                          "[1,]",
                          "[,1]",
                          "[1 2]",
                          "[",
                          "{\"a\":}",
                          "{\"a\"}",
                          "{a:1}",
                          "{,}",
                          "{\"a\":1,}",
                          "{1:1}",
                          "{\"a\" 1}",
                          "{\"a\":1 \"b\":2}",
                          "[}",
                          "{]",
                          "1\"a\"",
                          "\"a\"b",
                          "\"a\" \"b\"",
                          "",
                          "// x",
                          "/**/1",
                          "\\\"",
                          "[1:2]",
                          "{\"a\",\"b\"}",
                          "\x0c",
                          "1\x0c",
                          "[1\x1a 2]"}) {
    // As an unknown field, as a known one, and inside a free object: nothing is skipped unchecked.
    for (const char* name : {"new", "name", "reset_usage", "model_config"}) {
      const std::string body = std::string(R"({"slug":"a",")") + name + "\":" + bad + "}";
      EXPECT_EQ(refused(body), not_a_record::not_json) << body;
      EXPECT_FALSE(test::read_any_body(body));
    }
    EXPECT_EQ(refused(std::string(R"({"slug":"a","model_config":{"b":[)") + bad + ",1]}}"), not_a_record::not_json)
        << bad;
  }
}

TEST(hostile, bytes_that_are_not_utf8_make_it_none) {
  for (const char* bad : {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf5\x80\x80\x80", "\xc3", "\x80"}) {
    EXPECT_EQ(refused(std::string(R"({"slug":"a","name":")") + bad + "\"}"), not_a_record::not_json);
  }
  EXPECT_EQ(refused("\xef\xbb\xbf{\"slug\":\"a\"}"), not_a_record::not_json) << "a byte order mark";
}

std::string nested(std::size_t depth, char open, char close) {
  std::string body;
  for (std::size_t i = 0; i < depth; ++i) body += open == '{' && i > 0 ? "\"a\":{" : std::string(1, open);
  return body + std::string(depth, close);
}

TEST(hostile, nesting_ends_at_256) {
  const auto inside = [](const std::string& value) {
    return extract_facts(kind::virtual_key, R"({"slug":"a","new":)" + value + "}");
  };
  EXPECT_TRUE(inside(nested(255, '[', ']')));
  EXPECT_EQ(inside(nested(256, '[', ']')).error(), not_a_record::too_deep);
  EXPECT_TRUE(inside(nested(255, '{', '}')));
  EXPECT_EQ(inside(nested(256, '{', '}')).error(), not_a_record::too_deep);
  // The record lies one deeper in its envelope.
  EXPECT_TRUE(extract_facts(kind::virtual_key, test::enveloped(R"({"slug":"a","n":)" + nested(254, '[', ']') + "}")));
  EXPECT_EQ(
      extract_facts(kind::virtual_key, test::enveloped(R"({"slug":"a","n":)" + nested(255, '[', ']') + "}")).error(),
      not_a_record::too_deep);
  // Brackets in strings nest nothing.
  EXPECT_TRUE(inside("\"" + std::string(10000, '[') + "\\\"" + std::string(10000, '{') + "\""));
}

TEST(hostile, a_million_open_brackets_are_refused_on_a_small_stack) {
  for (const std::string& body : {std::string(1'000'000, '['), std::string(1'000'000, '{'),
                                  R"({"slug":"a","usage_limits":)" + std::string(1'000'000, '['),
                                  nested(100'000, '{', '}'), nested(100'000, '[', ']')}) {
    // A parser that recursed would have gone through this thread's stack.
    std::thread reader([&] {
      EXPECT_FALSE(extract_facts(kind::integration, body));
      EXPECT_FALSE(parse_integration(body));
    });
    reader.join();
  }
}

TEST(hostile, huge_values_are_read_in_linear_time) {
  const std::clock_t begin = std::clock();
  const std::string megabytes(10U << 20U, 'x');
  const auto typed = parse_virtual_key(R"({"slug":"a","name":")" + megabytes + "\"}");
  ASSERT_TRUE(typed);
  EXPECT_EQ(typed->name.size(), megabytes.size());

  std::string escapes;
  for (int i = 0; i < 1'000'000; ++i) escapes += "\\u0041";
  EXPECT_EQ(parse_virtual_key(R"({"slug":"a","name":")" + escapes + "\"}")->name, std::string(1'000'000, 'A'));

  std::string list = "[{}";
  for (int i = 0; i < 1'000'000; ++i) list += ",{}";
  EXPECT_EQ(extract_facts(kind::virtual_key, R"({"slug":"a","rate_limits":)" + list + "]}")->unknown_values, 1'000'000);

  std::string members;
  for (int i = 0; i < 300'000; ++i) members += ",\"f" + std::to_string(i) + "\":1";
  EXPECT_EQ(extract_facts(kind::virtual_key, R"({"slug":"a")" + members + "}")->unknown_fields, 300'000);
  EXPECT_TRUE(parse_integration(R"({"slug":"a","configurations":{"b":1)" + members + "}}"));
  // 50 ms in a release build; quadratic reading of any of these would take hours.
  EXPECT_LT(std::clock() - begin, 60 * CLOCKS_PER_SEC);

  EXPECT_EQ(refused(std::string(max_document_bytes + 1, ' ')), not_a_record::too_large);
}

TEST(hostile, many_additional_units_are_read_in_linear_time) {
  std::string units = "\"u\":1";
  for (int i = 0; i < 200'000; ++i) units += ",\"u" + std::to_string(i) + "\":1";
  const std::clock_t begin = std::clock();
  const auto parsed =
      parse_integration(R"({"slug":"a","pricing_adjustments":{"multiplier":{"additional_units":{)" + units + "}}}}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->pricing_adjustments->additional_units.size(), 200'001);
  EXPECT_LT(std::clock() - begin, 20 * CLOCKS_PER_SEC) << "it was quadratic once, and took minutes";
}

/// A copy that ends where a page without access begins.
class guarded_copy {
 public:
  explicit guarded_copy(std::string_view text) : page_(static_cast<std::size_t>(sysconf(_SC_PAGESIZE))) {
    pages_ = (text.size() + page_ - 1) / page_ + 1;
    memory_ =
        static_cast<char*>(mmap(nullptr, pages_ * page_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQ(mprotect(memory_ + (pages_ - 1) * page_, page_, PROT_NONE), 0);
    text_ = {memory_ + (pages_ - 1) * page_ - text.size(), text.size()};
    std::memcpy(memory_ + (pages_ - 1) * page_ - text.size(), text.data(), text.size());
  }
  ~guarded_copy() { munmap(memory_, pages_ * page_); }
  guarded_copy(const guarded_copy&) = delete;
  guarded_copy& operator=(const guarded_copy&) = delete;
  [[nodiscard]] std::string_view text() const { return text_; }

 private:
  std::size_t page_;
  std::size_t pages_ = 0;
  char* memory_ = nullptr;
  std::string_view text_;
};

TEST(hostile, nothing_past_the_body_is_read_whatever_the_processor) {
  const simdjson::implementation* const usual = simdjson::get_active_implementation();
  for (const auto* const implementation : simdjson::get_available_implementations()) {
    if (!implementation->supported_by_runtime_system()) continue;
    simdjson::get_active_implementation() = implementation;
    // The index of a thread belongs to the implementation it was made by.
    std::thread reader([] {
      for (const std::string& whole : samples()) {
        for (std::size_t size = 0; size <= whole.size(); ++size) {
          const guarded_copy body(std::string_view(whole).substr(0, size));
          (void)extract_facts(kind::virtual_key, body.text());
          (void)parse_integration(body.text());
        }
      }
    });
    reader.join();
  }
  simdjson::get_active_implementation() = usual;
}

TEST(hostile, mutated_records_never_crash_and_never_set_the_readers_at_odds) {
  std::mt19937 random(20231107);  // NOLINT(cert-msc*): the same mutations on every run
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random()) % n; };
  constexpr std::string_view alphabet = "{}[]:,\"\\ tfnu0123456789-+.eE\n\x01\x80\xc3\xff";
  const auto originals = samples();
  std::size_t records = 0;
  std::size_t others = 0;
  for (int i = 0; i < 30'000; ++i) {
    std::string body = originals[below(originals.size())];
    for (auto changes = 1 + below(4); changes > 0; --changes) {
      const auto at = below(body.size());
      const std::string& other = originals[below(originals.size())];
      switch (below(5)) {
        case 0:
          body[at] = alphabet[below(alphabet.size())];
          break;
        case 1:
          body.insert(at, 1, alphabet[below(alphabet.size())]);
          break;
        case 2:
          body.erase(at, 1 + below(8));
          break;
        case 3:
          body.insert(at, other.substr(below(other.size()), below(64)));
          break;
        default:
          body.insert(at, body.substr(below(body.size()), below(200)));
          break;
      }
      if (body.empty()) body = "{";
    }
    ++(test::read_any_body(body) ? records : others);
  }
  EXPECT_GT(records, 1000) << "the mutations must not all be plain garbage";
  EXPECT_GT(others, 1000);
}

TEST(hostile, random_bytes_are_no_record) {
  std::mt19937 random(7);  // NOLINT(cert-msc*)
  for (int i = 0; i < 5'000; ++i) {
    std::string body(random() % 200, '\0');
    for (char& c : body) c = static_cast<char>(random());
    EXPECT_FALSE(test::read_any_body(body));
  }
}

}  // namespace
}  // namespace sidecache::records
