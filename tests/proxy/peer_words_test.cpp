// Questions and answers between sidecaches, as text.
#include "proxy/peer_words.hpp"

#include <gtest/gtest.h>

namespace sidecache::proxy {
namespace {

peer_answer answer_of(std::vector<sync_addition> named) {
  return {.upto = {.epoch = "0123456789abcdef", .number = 42}, .named = std::move(named)};
}

TEST(peer_words, a_question_is_read_as_it_was_written) {
  for (const std::string organisation : {"org", "", "a&b=c d%#?/\x01\xFF"}) {
    const peer_question asked{.whose = {.organisation = organisation, .client = 0xFEDCBA9876543210ULL},
                              .told = {.epoch = "e+f", .number = UINT64_MAX}};
    const std::string target = target_of(asked);
    EXPECT_TRUE(target.starts_with("/api/stale-served/peer?")) << target;
    EXPECT_EQ(target.find_first_of(" #\x01\xFF"), std::string::npos);
    const auto read = read_peer_question(target);
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->whose.organisation, organisation);
    EXPECT_EQ(read->whose.client, asked.whose.client);
    EXPECT_EQ(read->told, asked.told);
  }
}

TEST(peer_words, what_is_no_question_is_refused) {
  for (const std::string query :
       {"", "?client=1", "?told=1", "?client=g&told=1", "?client=1&told=-1", "?client=1&told=", "?client=&told=1",
        "?client=1&told=18446744073709551616", "?client=11112222333344445&told=1", "?client=1&told=1&epoch=a%20b"})
    EXPECT_FALSE(read_peer_question(std::string(peer_path) + query)) << query;
  EXPECT_FALSE(read_peer_question(std::string(peer_path) + "?client=1&told=1&epoch=" + std::string(65, 'e')));
}

TEST(peer_words, an_answer_is_read_as_it_was_written) {
  const std::vector<sync_addition> named{{.of = cache::family::config, .ident = "c", .workspace_id = "w"},
                                         {.of = cache::family::prompt_partial, .ident = "\"quoted\"\n"},
                                         {.of = cache::family::key, .ident = std::string("\xFF\x80\xC3\xA9 \0.", 7)}};
  for (const auto& each : {answer_of({}), answer_of(named)}) {
    const auto read = read_peer_answer(text_of(each));
    ASSERT_TRUE(read) << read.error();
    EXPECT_EQ(read->upto, each.upto);
    EXPECT_EQ(read->named, each.named);
  }
}

TEST(peer_words, what_is_no_answer_is_refused) {
  for (const std::string body :
       {"", "[]", "<html>", "{}", R"({"epoch":"e","number":1})", R"({"epoch":"","number":1,"records":[]})",
        R"({"epoch":"e","number":-1,"records":[]})", R"({"epoch":"e","number":"1","records":[]})",
        R"({"epoch":"e","number":1.5,"records":[]})", R"({"epoch":7,"number":1,"records":[]})",
        R"({"epoch":"e","number":1,"records":{}})", R"({"epoch":"e","number":1,"records":["c"]})",
        R"({"epoch":"e","number":1,"records":[{"family":"configs"}]})",
        R"({"epoch":"e","number":1,"records":[{"family":"configs","ident":"\u20ac"}]})",
        R"({"epoch":"e","number":1,"records":[]} x)"})
    EXPECT_FALSE(read_peer_answer(body)) << body;
}

TEST(peer_words, a_family_that_is_not_known_is_left_out) {
  const auto read = read_peer_answer(
      R"({"epoch":"e","number":1,"records":[{"family":"new","ident":"x"},{"family":"configs","ident":"c"}],"more":1})");
  ASSERT_TRUE(read) << read.error();
  ASSERT_EQ(read->named.size(), 1U);
  EXPECT_EQ(read->named.front().ident, "c");
}

TEST(peer_seal, is_of_the_secret_and_of_every_byte) {
  const peer_seal ours(secret("0123456789abcdef0123456789abcdef"));
  const peer_seal same(secret("0123456789abcdef0123456789abcdef"));
  const peer_seal another(secret("0123456789abcdef0123456789abcdeF"));
  EXPECT_EQ(ours.of_question("/a"), same.of_question("/a"));
  EXPECT_NE(ours.of_question("/a"), ours.of_question("/b"));
  EXPECT_NE(ours.of_question("/a"), another.of_question("/a"));
  EXPECT_EQ(ours.of_question("/a").size(), 32U);
  EXPECT_EQ(ours.of_answer("/a", "b"), same.of_answer("/a", "b"));
  EXPECT_NE(ours.of_answer("/a", "b"), ours.of_answer("/a", "c"));
  EXPECT_NE(ours.of_answer("/a", "b"), ours.of_answer("/ab", "")) << "an answer belongs to its question";
  EXPECT_NE(ours.of_answer("/a", ""), ours.of_question("/a"));
  EXPECT_EQ(ours.tenant_key().k0, same.tenant_key().k0);
  EXPECT_EQ(ours.tenant_key().k1, same.tenant_key().k1);
  EXPECT_NE(ours.tenant_key().k0, another.tenant_key().k0);
  EXPECT_NE(ours.tenant_key().k0, ours.tenant_key().k1);
}

}  // namespace
}  // namespace sidecache::proxy
