// Which header blocks are remembered, and for how long.
#include "net/known_blocks.hpp"

#include <gtest/gtest.h>

#include "http/head_parser.hpp"

namespace sidecache::net {
namespace {

class recognising final : public proxy::handler {
 public:
  std::shared_ptr<const proxy::known_block> recognise(const http::request_head& /*request*/) override {
    ++asked;
    return willing ? std::make_shared<proxy::known_block>() : nullptr;
  }
  std::optional<proxy::answer> answer_now(const http::request_head& /*request*/,
                                          const proxy::known_block* /*by*/) override {
    return std::nullopt;
  }
  boost::asio::awaitable<void> handle(proxy::exchange& /*client*/) override { co_return; }

  bool willing = true;
  int asked = 0;
};

std::string block(const std::string& key, const std::string& trace = "1") {
  return "Host: h\r\nx-portkey-api-key: " + key + "\r\ntraceparent: " + trace + "\r\n\r\n";
}

struct known_blocks_test : testing::Test {
  std::shared_ptr<const known_head> learn(const std::string& bytes) {
    http::request_head parsed;
    return blocks.learn(bytes, parsed, by);
  }
  recognising by;
  known_blocks blocks;
};

TEST_F(known_blocks_test, the_second_of_a_kind_is_known) {
  EXPECT_FALSE(learn(block("a", "1")));
  const auto known = learn(block("a", "2"));
  ASSERT_TRUE(known);
  EXPECT_TRUE(known->block.matches(block("a", "3")));
  EXPECT_FALSE(known->block.matches(block("b", "3")));
  EXPECT_EQ(learn(block("a", "4")), known) << "and the handler is not asked again";
  EXPECT_EQ(by.asked, 1);
}

TEST_F(known_blocks_test, what_the_handler_has_no_use_for_is_not_asked_again) {
  by.willing = false;
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(learn(block("a")));
  EXPECT_EQ(by.asked, 1);
}

TEST_F(known_blocks_test, what_is_new_each_time_leaves_nothing_behind) {
  for (int i = 0; i < 10'000; ++i) EXPECT_FALSE(learn(block("a", "1") + "x-nonce: " + std::to_string(i)));
  EXPECT_EQ(blocks.size(), 0U);
  EXPECT_EQ(by.asked, 0);
}

TEST_F(known_blocks_test, the_oldest_goes_when_there_are_too_many_and_lives_while_it_is_held) {
  learn(block("first"));
  auto first = learn(block("first"));
  ASSERT_TRUE(first);
  for (std::size_t i = 0; i < 2 * known_blocks::most_blocks; ++i) {
    const auto bytes = block(std::to_string(i));
    learn(bytes);
    EXPECT_TRUE(learn(bytes)) << i;
  }
  EXPECT_EQ(blocks.size(), known_blocks::most_blocks);
  EXPECT_TRUE(first->block.matches(block("first")));
  EXPECT_NE(learn(block("first")), first) << "it is made anew, or comes for the first time again";
  blocks.leave(std::move(first));
  EXPECT_EQ(blocks.size(), known_blocks::most_blocks);
}

TEST_F(known_blocks_test, it_goes_with_the_last_who_remembers_it) {
  learn(block("a"));
  auto one = learn(block("a"));
  auto another = learn(block("a"));
  blocks.leave(std::move(one));
  EXPECT_EQ(blocks.size(), 1U);
  blocks.leave(std::move(another));
  EXPECT_EQ(blocks.size(), 0U);
}

TEST_F(known_blocks_test, there_are_no_more_bytes_than_allowed) {
  const std::string large(known_blocks::most_bytes / 64 - 200, 'x');
  for (int i = 0; i < 200; ++i) {
    learn(block(std::to_string(i) + large));
    learn(block(std::to_string(i) + large));
  }
  EXPECT_LE(blocks.size(), 66U);
  EXPECT_GE(blocks.size(), 60U);
  const std::string too_large(known_blocks::most_bytes / 64, 'x');
  for (int i = 0; i < 5; ++i) EXPECT_FALSE(learn(block(too_large)));
}

}  // namespace
}  // namespace sidecache::net
