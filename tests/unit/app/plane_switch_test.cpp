// Which plane a request is for, what it sees of it, and who is told.
#include "app/plane_switch.hpp"

#include <gtest/gtest.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "unit/mock/memory_exchange.hpp"

namespace sidecache::app {
namespace {

namespace asio = boost::asio;

constexpr std::string_view made_id = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// Answers HEAD at once and everything else in its time, and remembers the targets.
class remembering final : public proxy::handler {
 public:
  /// Whom it made it for.
  struct known final : proxy::known_block {
    const remembering* by = nullptr;
  };
  std::shared_ptr<const proxy::known_block> recognise(const http::request_head& /*request*/) override {
    if (!recognises) return nullptr;
    auto made = std::make_shared<known>();
    made->by = this;
    return made;
  }
  bool answer_known(std::string_view target, const proxy::known_block& by, std::string_view if_none_match,
                    mono_time /*at*/, proxy::answer& /*out*/) override {
    EXPECT_EQ(static_cast<const known&>(by).by, this) << "it was another plane's";
    last = std::string(target).append(if_none_match);
    return true;
  }
  bool recognises = true;
  std::optional<proxy::answer> answer_now(const http::request_head& request, const proxy::known_block* by) override {
    check(by);
    if (request.method != http::method::head) return std::nullopt;
    last = request.target;
    return proxy::make_answer(200, "", "");
  }
  asio::awaitable<void> handle(proxy::exchange& client) override {
    check(client.known());
    last = client.request().target;
    http::made_ids ids;
    ids.set_request_id(made_id);
    client.went_upstream_as(ids);
    client.report() = {.outcome = outcome::pass, .route = http::route::other};
    co_await client.send(proxy::make_answer(200, "text/plain", "handled"));
  }
  std::string last;
  int by_block = 0;  ///< requests that came with what it had made of their block

 private:
  void check(const proxy::known_block* by) {
    if (by == nullptr) return;
    EXPECT_EQ(static_cast<const known&>(*by).by, this) << "it was another plane's";
    ++by_block;
  }
};

class counting final : public proxy::observer {
 public:
  void finished(const proxy::finished_request& request) override { targets.emplace_back(request.target); }
  void finished(const proxy::finished_attempt& /*attempt*/) override {}
  void upstream_connections(proxy::connection_state /*state*/, int /*by*/) override {}
  void client_connections(int by) override { connections += by; }
  void unknown_in_record(records::kind /*kind*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}
  std::vector<std::string> targets;
  int connections = 0;
};

class plane_switch_test : public testing::Test {
 protected:
  static constexpr std::array<std::string_view, 3> prefixes{"/a", "/a/b", "/cp"};

  plane_switch make(bool with_sibling) {
    std::vector<plane_switch::branch> branches;
    for (std::size_t i = 0; i < prefixes.size(); ++i)
      branches.push_back({std::string(prefixes[i]), planes_[i], observers_[i]});
    if (with_sibling) branches.push_back({"", planes_[3], observers_[3]});
    return {std::move(branches), others_};
  }
  static http::request_head head(std::string target, http::method method = http::method::head) {
    http::request_head made;
    made.method = method;
    made.target = std::move(target);
    return made;
  }
  /// "PLANE TARGET" as the plane saw it; "404" if none did.
  std::string seen(plane_switch& at, const std::string& target) {
    for (auto& each : planes_) each.last.clear();
    const auto answer = at.answer_now(head(target), nullptr);
    std::string all = answer && answer->status == 404 ? "404" : "";
    for (std::size_t i = 0; i < planes_.size(); ++i)
      if (!planes_[i].last.empty()) all += std::to_string(i) + " " + planes_[i].last;
    return all;
  }

  std::array<remembering, 4> planes_;
  std::array<counting, 4> observers_;
  counting others_;
};

TEST_F(plane_switch_test, the_longest_prefix_by_whole_segments_takes_a_request_and_goes) {
  auto at = make(true);
  const std::array<std::array<std::string, 2>, 21> cases{{{"/a/v2/x", "0 /v2/x"},
                                                          {"/a", "0 /"},
                                                          {"/a/", "0 /"},
                                                          {"/a?x=/a/b", "0 /?x=/a/b"},
                                                          {"/a/?x", "0 /?x"},
                                                          {"/a//v2//x", "0 //v2//x"},
                                                          {"/a/b", "1 /"},
                                                          {"/a/b/c?d=e%2Ff", "1 /c?d=e%2Ff"},
                                                          {"/a/bc", "0 /bc"},
                                                          {"/a/a/b", "0 /a/b"},
                                                          {"/a/b/a/b", "1 /a/b"},
                                                          {"/a/../cp/x", "0 /../cp/x"},
                                                          {"/cp/%61", "2 /%61"},
                                                          {"/ab", "3 /ab"},
                                                          {"/A/v2", "3 /A/v2"},
                                                          {"//a/v2", "3 //a/v2"},
                                                          {"/%61/v2", "3 /%61/v2"},
                                                          {"/a%2Fb", "3 /a%2Fb"},
                                                          {"/v1/integrations/a", "3 /v1/integrations/a"},
                                                          {"/?/a", "3 /?/a"},
                                                          {"*", "3 *"}}};
  for (const auto& [target, expected] : cases) EXPECT_EQ(seen(at, target), expected) << target;
}

TEST_F(plane_switch_test, what_is_known_by_its_block_goes_to_the_same_planes) {
  auto at = make(true);
  planes_[2].recognises = false;
  const auto known = at.recognise(head("/a/v2/x", http::method::get));
  ASSERT_TRUE(known);
  const auto seen_by = [&](std::string_view target) {
    for (auto& each : planes_) each.last.clear();
    proxy::answer ignored;
    std::string all = at.answer_known(target, *known, "\"1\"", {}, ignored) ? "" : "not answered";
    for (std::size_t i = 0; i < planes_.size(); ++i)
      if (!planes_[i].last.empty()) all += std::to_string(i) + " " + planes_[i].last;
    return all;
  };
  EXPECT_EQ(seen_by("/a/v2/x"), "0 /v2/x\"1\"");
  EXPECT_EQ(seen_by("/a/b/c?d"), "1 /c?d\"1\"");
  EXPECT_EQ(seen_by("/v1/x"), "3 /v1/x\"1\"");
  EXPECT_EQ(seen_by("/cp/x"), "not answered") << "this plane has no use for the block";
  EXPECT_EQ(seen_by("/a?x"), "not answered") << "its target would have to be made first";
}

TEST_F(plane_switch_test, what_is_known_of_a_block_reaches_the_plane_it_is_of_in_every_way) {
  auto at = make(true);
  planes_[2].recognises = false;
  const auto known = at.recognise(head("/a/v2/x", http::method::get));
  for (const char* const target : {"/a/v2/x", "/a/b/c", "/v1/x", "/cp/x"}) {
    EXPECT_TRUE(at.answer_now(head(target), known.get())) << target;
    mock::memory_exchange client;
    client.head = head(target, http::method::get);
    client.by_block = known.get();
    asio::io_context context;
    asio::co_spawn(context, at.handle(client), asio::detached);
    context.run();
    EXPECT_EQ(client.status, 200U) << target;
    EXPECT_EQ(client.made.request_id(), made_id) << "the access line wants it: " << target;
  }
  EXPECT_EQ(planes_[0].by_block, 2);
  EXPECT_EQ(planes_[1].by_block, 2);
  EXPECT_EQ(planes_[2].by_block, 0) << "this plane has no use for the block";
  EXPECT_EQ(planes_[3].by_block, 2);
}

TEST_F(plane_switch_test, what_no_plane_has_a_use_for_is_not_known) {
  auto at = make(false);
  for (auto& each : planes_) each.recognises = false;
  EXPECT_FALSE(at.recognise(head("/a/v2/x", http::method::get)));
}

TEST_F(plane_switch_test, what_no_plane_takes_is_not_answered_by_its_block) {
  auto at = make(false);
  const auto known = at.recognise(head("/a/v2/x", http::method::get));
  proxy::answer ignored;
  EXPECT_FALSE(at.answer_known("/nowhere", *known, "", {}, ignored));
}

TEST_F(plane_switch_test, what_no_plane_takes_is_refused_with_their_prefixes) {
  auto at = make(false);
  EXPECT_EQ(seen(at, "/cp/x"), "2 /x");
  for (const char* const none : {"/v1/integrations/x", "/", "/ab", "*"}) {
    EXPECT_EQ(seen(at, none), "404") << none;
  }
  const auto answer = at.answer_now(head("/x", http::method::put), nullptr);
  ASSERT_TRUE(answer);
  EXPECT_TRUE(answer->body.contains("\"no_such_plane\"")) << answer->body;
  EXPECT_TRUE(answer->body.contains("/a, /a/b, /cp")) << answer->body;
  EXPECT_TRUE(answer->head.contains("x-portkey-gateway-exception: true")) << "an SDK would send the write again";
  EXPECT_EQ(answer->report.outcome, outcome::rejected);
}

TEST_F(plane_switch_test, what_takes_its_time_sees_the_same_request_without_its_prefix) {
  auto at = make(true);
  mock::memory_exchange client;
  client.head = head("/cp/v1/providers/x?y", http::method::put);
  client.head.fields.add("x-portkey-api-key", "k");
  asio::io_context context;
  asio::co_spawn(context, at.handle(client), asio::detached);
  context.run();
  EXPECT_EQ(planes_[2].last, "/v1/providers/x?y");
  EXPECT_EQ(client.content, "handled");
  EXPECT_EQ(client.request().target, "/cp/v1/providers/x?y") << "the client's own is as it came";
}

TEST_F(plane_switch_test, whoever_answered_is_told_and_nobody_else) {
  auto at = make(false);
  for (const char* const target : {"/a/x", "/a/b/x", "/nobody", ""})
    at.finished(proxy::finished_request{.report = {}, .method = "GET", .target = target});
  at.client_connections(1);
  EXPECT_EQ(observers_[0].targets, std::vector<std::string>{"/a/x"}) << "the access log shows what was asked for";
  EXPECT_EQ(observers_[1].targets, std::vector<std::string>{"/a/b/x"});
  EXPECT_TRUE(observers_[2].targets.empty());
  EXPECT_EQ(others_.targets, (std::vector<std::string>{"/nobody", ""}));
  EXPECT_EQ(others_.connections, 1);
}

TEST_F(plane_switch_test, a_head_that_was_refused_is_no_planes_even_where_one_takes_everything) {
  auto at = make(true);
  at.finished(proxy::finished_request{.report = {}, .method = "", .target = ""});
  EXPECT_TRUE(observers_[3].targets.empty());
  EXPECT_EQ(others_.targets.size(), 1U);
}

}  // namespace
}  // namespace sidecache::app
