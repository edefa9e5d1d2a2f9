// Who may ask what this sidecache served stale, and what they are told.
#include "admin/peer_desk.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sidecache::admin {
namespace {

using testing::HasSubstr;
using testing::Not;

class peer_desk_test : public testing::Test {
 protected:
  proxy::answer ask(const std::string& target, const std::vector<std::string>& seals,
                    http::method method = http::method::get) {
    http::request_head request;
    request.method = method;
    request.target = target;
    request.fields.add("Host", "10.0.0.7:9402");
    for (const auto& each : seals) request.fields.add(proxy::question_seal_field, each);
    return desk_.answer(request);
  }
  static std::string question(std::uint64_t told = 3) {
    return proxy::target_of({.whose = {.organisation = "org", .client = 9}, .told = {.epoch = "e", .number = told}});
  }
  std::string sealed(const std::string& target) { return seal_.of_question(target); }

  proxy::peer_seal seal_{secret("what they share, long enough to be")};
  std::vector<proxy::peer_question> asked_;
  peer_desk desk_{seal_, [this](const proxy::peer_question& asked) {
                    asked_.push_back(asked);
                    return proxy::peer_answer{.upto = {.epoch = "e", .number = 8},
                                              .named = {{.of = cache::family::config, .ident = "hidden"}}};
                  }};
};

TEST_F(peer_desk_test, a_peer_is_told_and_can_tell_that_it_was_a_peer) {
  const std::string target = question();
  const auto answer = ask(target, {sealed(target)});
  EXPECT_EQ(answer.status, 200U);
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(asked_.front().whose.organisation, "org");
  EXPECT_EQ(asked_.front().told, (proxy::peer_mark{"e", 3}));
  const auto read = proxy::read_peer_answer(answer.body);
  ASSERT_TRUE(read) << answer.body;
  EXPECT_EQ(read->upto.number, 8U);
  EXPECT_EQ(read->named.front().ident, "hidden");
  EXPECT_THAT(answer.head, HasSubstr("Sidecache-Peer-Answer: " + seal_.of_answer(target, answer.body) + "\r\n"));
  EXPECT_THAT(answer.head, HasSubstr("Cache-Control: no-store\r\n"));
}

TEST_F(peer_desk_test, whoever_has_no_seal_learns_and_changes_nothing) {
  const std::string target = question();
  const std::string elsewhere = proxy::peer_seal(secret("another")).of_question(target);
  const std::vector<std::vector<std::string>> wrong{
      {}, {""}, {elsewhere}, {sealed(question(4))}, {sealed(target), sealed(target)}, {sealed(target) + "0"}};
  for (const auto& seals : wrong) {
    const auto answer = ask(target, seals);
    EXPECT_EQ(answer.status, 403U);
    EXPECT_THAT(answer.body, Not(HasSubstr("hidden")));
  }
  EXPECT_TRUE(asked_.empty());
}

TEST_F(peer_desk_test, only_a_get_that_is_a_question_is_answered) {
  const std::string target = question();
  for (const auto method : {http::method::head, http::method::post})
    EXPECT_EQ(ask(target, {sealed(target)}, method).status, 405U);
  const std::string no_question = std::string(proxy::peer_path) + "?client=x";
  EXPECT_EQ(ask(no_question, {sealed(no_question)}).status, 400U);
  EXPECT_TRUE(asked_.empty());
}

}  // namespace
}  // namespace sidecache::admin
