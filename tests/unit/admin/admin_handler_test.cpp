// What the admin listener answers, from the request's head to the bytes of the answer.
#include "admin/admin_handler.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <spdlog/sinks/ostream_sink.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <sstream>

#include "base/manual_clock.hpp"
#include "metrics/log.hpp"
#include "unit/mock/memory_exchange.hpp"

namespace sidecache::admin {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

class scripted_cache final : public cache_view {
 public:
  std::vector<entry_row> rows;
  [[nodiscard]] std::vector<entry_row> entries(std::size_t limit) const override {
    return {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(limit, rows.size()))};
  }
  [[nodiscard]] std::size_t entry_count() const override { return rows.size(); }

  std::vector<plane_coverage> planes{{"admin", {}}};
  [[nodiscard]] std::vector<std::string> plane_names() const override {
    std::vector<std::string> names;
    for (const auto& each : planes) names.push_back(each.plane);
    return names;
  }
  [[nodiscard]] std::vector<plane_coverage> coverage() const override { return planes; }
};

class one_drill final : public drill_desk {
 public:
  explicit one_drill(proxy::drill& of) : drill_(of) {}
  void begin_drill(mono_time now, duration how_long, std::string_view /*from*/) override {
    drill_.begin(now, how_long);
  }
  [[nodiscard]] proxy::drill_report drill_report(mono_time now) const override { return drill_.report(now); }

 private:
  proxy::drill& drill_;
};

class scripted_stale final : public stale_view {
 public:
  std::vector<stale_row> rows;
  [[nodiscard]] std::vector<stale_row> stale_served(std::size_t limit) const override {
    return {rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(limit, rows.size()))};
  }
  [[nodiscard]] std::size_t stale_count() const override { return rows.size(); }
};

class admin_handler_test : public testing::Test {
 protected:
  proxy::answer ask(http::method method, std::string target) {
    http::request_head request;
    request.method = method;
    request.target = std::move(target);
    request.fields.add("Host", "127.0.0.1:9402");
    return handler().answer_now(request, nullptr).value();
  }
  struct changed {
    unsigned status = 0;
    std::string fields;
    boost::json::value body;
  };
  using header_list = std::vector<std::pair<std::string, std::string>>;
  changed post(std::string target, std::string body, const header_list& fields) {
    mock::memory_exchange client;
    client.head.method = http::method::post;
    client.head.target = std::move(target);
    client.head.fields.add("Host", "127.0.0.1:9402");
    for (const auto& [name, value] : fields) client.head.fields.add(name, value);
    client.sent_body = std::move(body);
    EXPECT_FALSE(handler().answer_now(client.head, nullptr));
    boost::asio::io_context context;
    boost::asio::co_spawn(context, handler().handle(client), [](const std::exception_ptr& failure) {
      if (failure) std::rethrow_exception(failure);
    });
    context.run();
    return {client.status, client.fields, boost::json::parse(client.content)};
  }
  changed purge(std::string body) {
    return post("/api/purge", std::move(body),
                {{"Authorization", "Bearer the-token"}, {"Content-Type", "application/json"}});
  }
  proxy::answer get(std::string target) { return ask(http::method::get, std::move(target)); }
  boost::json::value body_of(const proxy::answer& answer) { return boost::json::parse(answer.body); }

  admin_handler& handler() {
    if (!handler_) {
      handler_ = std::make_unique<admin_handler>(admin_parts{.figures = figures_,
                                                             .cache = cache_,
                                                             .ready = ready_,
                                                             .time = clock_,
                                                             .version = "1.2.3",
                                                             .settings = [this] { return settings_; },
                                                             .further_hosts = {},
                                                             .token = secret(token_),
                                                             .purge =
                                                                 [this](const purge_request& order) {
                                                                   orders_ += described(order);
                                                                   return std::size_t{7};
                                                                 },
                                                             .drill = desk_,
                                                             .stale = stale_,
                                                             .peers = peers_});
    }
    return *handler_;
  }
  static std::string described(const purge_request& order) {
    return std::string(order.all ? "all " : "") + order.slug + order.uuid + order.integration + order.workspace +
           order.plane + std::string(order.api_key.view()) + (order.soft ? " softly" : "") + ";";
  }
  void count(outcome how, http::route route, int times) {
    for (int i = 0; i < times; ++i) {
      worker_.finished(
          proxy::finished_request{.report = {.outcome = how, .route = route}, .method = "GET", .target = "/"});
    }
  }

  metrics::collector figures_{"1.2.3"};
  metrics::worker_counters& worker_ = figures_.add_worker("admin");
  scripted_cache cache_;
  std::atomic<bool> ready_ = true;
  manual_clock clock_;
  std::vector<setting_row> settings_;
  std::string token_ = "the-token";
  std::string orders_;
  proxy::coverage& coverage_ = cache_.planes.front().found;
  proxy::drill drill_;
  one_drill desk_{drill_};
  scripted_stale stale_;
  std::optional<peer_desk> peers_;
  std::unique_ptr<admin_handler> handler_;
};

TEST_F(admin_handler_test, other_sidecaches_are_nobody_without_a_secret) {
  EXPECT_EQ(get("/api/stale-served/peer?client=1&told=1").status, 404U);
}

TEST_F(admin_handler_test, other_sidecaches_come_by_any_name_and_need_a_seal) {
  const proxy::peer_seal seal(secret("what they share, long enough to be"));
  peers_.emplace(seal, [](const proxy::peer_question& /*asked*/) {
    return proxy::peer_answer{.upto = {.epoch = "e", .number = 1}, .named = {}};
  });
  http::request_head request;
  request.method = http::method::get;
  request.target = proxy::target_of({.whose = {.organisation = "org"}});
  request.fields.add("Host", "sidecaches.example:9402");
  EXPECT_EQ(handler().answer_now(request, nullptr).value().status, 403U);
  request.fields.add(proxy::question_seal_field, seal.of_question(request.target));
  EXPECT_EQ(handler().answer_now(request, nullptr).value().status, 200U);
  request.target = "/api/stale-served";
  EXPECT_EQ(handler().answer_now(request, nullptr).value().status, 403U) << "for pages the guard stands as it did";
}

TEST_F(admin_handler_test, stats_are_what_the_counters_say) {
  count(outcome::hit, http::route::integrations, 6);
  count(outcome::stale_error, http::route::providers, 1);
  count(outcome::negative_hit, http::route::virtual_keys, 1);
  count(outcome::miss, http::route::integrations, 2);
  count(outcome::pass, http::route::other, 5);
  worker_.finished(proxy::finished_attempt{.status = 204});
  worker_.finished(proxy::finished_attempt{.status = 200});
  worker_.finished(proxy::finished_attempt{.status = 0, .failure = proxy::failure_kind::tls});
  worker_.upstream_connections(proxy::connection_state::idle, 3);
  figures_.add_source([](std::vector<metrics::reading>& to) {
    to.push_back({metrics::metric::cache_entries, {"admin", "integrations"}, 4});
    to.push_back({metrics::metric::cache_entries, {"admin", "providers"}, 1});
    to.push_back({metrics::metric::cache_bytes, {"admin"}, 4096});
    to.push_back({metrics::metric::invalidations, {"admin", "write"}, 2});
  });
  (void)handler();
  clock_.advance(90s);

  const auto stats = body_of(get("/api/stats"));
  EXPECT_EQ(stats.at("version"), "1.2.3");
  EXPECT_EQ(stats.at("uptime_seconds"), 90.0);
  EXPECT_EQ(stats.at("ready"), true);
  EXPECT_EQ(stats.at_pointer("/lookups/total"), 10);
  EXPECT_EQ(stats.at_pointer("/lookups/from_memory"), 8);
  EXPECT_EQ(stats.at_pointer("/lookups/hit_ratio"), 0.8) << "what passes through is no lookup";
  EXPECT_EQ(stats.at_pointer("/requests/total"), 15);
  EXPECT_EQ(stats.at_pointer("/requests/by_outcome/pass"), 5);
  EXPECT_EQ(stats.at_pointer("/requests/by_outcome/shed"), 0);
  EXPECT_EQ(stats.at_pointer("/requests/by_route/integrations"), 8);
  EXPECT_EQ(stats.at_pointer("/cache/entries"), 5);
  EXPECT_EQ(stats.at_pointer("/cache/bytes"), 4096);
  EXPECT_EQ(stats.at_pointer("/cache/invalidations/write"), 2);
  EXPECT_EQ(stats.at_pointer("/upstream/attempts"), 3);
  EXPECT_EQ(stats.at_pointer("/upstream/by_class/2xx"), 2);
  EXPECT_EQ(stats.at_pointer("/upstream/by_class/tls"), 1);
  EXPECT_EQ(stats.at_pointer("/upstream/by_code/204"), 1);
  EXPECT_EQ(stats.at_pointer("/upstream/connections/idle"), 3);
}

TEST_F(admin_handler_test, before_the_first_lookup_there_is_no_hit_ratio_to_speak_of) {
  EXPECT_TRUE(body_of(get("/api/stats")).at_pointer("/lookups/hit_ratio").is_null());
  EXPECT_THAT(std::string(get("/").body), HasSubstr(">none yet<"));
}

TEST_F(admin_handler_test, settings_are_told_with_where_they_come_from) {
  settings_ = {{.key = "cache.ttl",
                .value = "30s",
                .source = "flag",
                .default_value = "10s",
                .help = "how long a record is fresh",
                .live = true}};
  const auto rows = body_of(get("/api/settings")).at("settings").as_array();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0], boost::json::parse(R"({"key":"cache.ttl","value":"30s","source":"flag","default":"10s",
                                            "help":"how long a record is fresh","live":true})"));
}

TEST_F(admin_handler_test, entries_are_bounded_by_the_limit) {
  for (int i = 0; i < 1500; ++i) {
    cache_.rows.push_back({.plane = "admin",
                           .route = http::route::providers,
                           .ident = "p" + std::to_string(i),
                           .credential = "0f3a",
                           .status = 200,
                           .bytes = 1536,
                           .age = 4s,
                           .ttl = -2500ms});
  }
  const auto some = body_of(get("/api/entries"));
  EXPECT_EQ(some.at("total"), 1500);
  EXPECT_EQ(some.at("entries").as_array().size(), 100U);
  EXPECT_EQ(some.at_pointer("/entries/7"),
            boost::json::parse(
                R"({"plane":"admin","route":"providers","ident":"p7","credential":"0f3a","status":200,"bytes":1536,
                                   "age_seconds":4.0,"ttl_seconds":-2.5})"));
  EXPECT_EQ(body_of(get("/api/entries?limit=3")).at("entries").as_array().size(), 3U);
  EXPECT_EQ(body_of(get("/api/entries?x=1&limit=1000")).at("entries").as_array().size(), 1000U);
  for (const auto* bad : {"0", "1001", "-1", "", "3x", "99999999999999999999"}) {
    const auto answer = get("/api/entries?limit=" + std::string(bad));
    EXPECT_EQ(answer.status, 400U) << bad;
    EXPECT_EQ(body_of(answer).at_pointer("/error/code"), "bad_limit");
  }
}

TEST_F(admin_handler_test, an_ident_of_any_bytes_breaks_neither_json_nor_page) {
  const std::string hostile = "<script>alert(1)</script>\"'&\n\x1b\xFF";
  cache_.rows = {{.ident = hostile}, {.ident = std::string(9000, 'x')}};
  const auto json = body_of(get("/api/entries"));  // parses: the parser refuses bytes that are no UTF-8
  EXPECT_EQ(json.at_pointer("/entries/0/ident"), R"(<script>alert(1)</script>"'&\x0a\x1b\xff)");
  EXPECT_EQ(json.at_pointer("/entries/1/ident").as_string().size(), 259U);

  const auto page = get("/");
  EXPECT_THAT(std::string(page.body), Not(HasSubstr("<script>alert")));
  EXPECT_THAT(std::string(page.body), HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;&quot;&#39;&amp;"));
}

TEST_F(admin_handler_test, answers_are_not_to_be_kept_and_not_to_be_embedded) {
  for (const auto* target : {"/", "/api/stats", "/api/settings", "/api/entries"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 200U) << target;
    EXPECT_THAT(std::string(answer.head), HasSubstr("Cache-Control: no-store\r\n")) << target;
    EXPECT_THAT(std::string(answer.head), HasSubstr("Cross-Origin-Resource-Policy: same-origin\r\n")) << target;
    EXPECT_EQ(ask(http::method::head, target).status, 200U) << target;
  }
}

TEST_F(admin_handler_test, other_paths_are_404_and_other_methods_405_with_what_is_allowed) {
  for (const auto* target : {"/metrics", "/api", "/api/", "/api/stats/", "//", "/api/purge/", "*", ""}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 404U) << target;
    EXPECT_EQ(body_of(answer).at_pointer("/error/code"), "not_found");
    EXPECT_EQ(answer.report.outcome, outcome::rejected);
  }
  EXPECT_EQ(post("/api/stats", "", {}).status, 405U);
  EXPECT_EQ(post("/api/nothing", "", {}).status, 404U);
  EXPECT_EQ(get("/api/purge").extra.view(), "Allow: POST\r\n");
  for (const auto method : {http::method::put, http::method::del, http::method::other}) {
    const auto answer = ask(method, "/api/stats");
    EXPECT_EQ(answer.status, 405U);
    EXPECT_EQ(answer.extra.view(), "Allow: GET, HEAD\r\n");
  }
}

TEST_F(admin_handler_test, the_browser_guard_stands_before_every_path) {
  for (const auto* target : {"/", "/api/stats", "/api/settings", "/api/entries", "/nothing"}) {
    http::request_head request;
    request.method = http::method::get;
    request.target = target;
    request.fields.add("Host", "attacker.example");
    const auto answer = handler().answer_now(request, nullptr).value();
    EXPECT_EQ(answer.status, 403U) << target;
    EXPECT_EQ(body_of(answer).at_pointer("/error/code"), "host_not_allowed");
  }
}

TEST_F(admin_handler_test, a_purge_is_handed_on_and_says_how_many_it_dropped) {
  const auto answer = purge(R"({"slug":"openai","soft":true})");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_EQ(answer.body, boost::json::parse(R"({"dropped":7})"));
  purge(R"({"all":true})");
  purge(R"({"credential":{"x-portkey-api-key":"k"}})");
  EXPECT_EQ(orders_, "openai softly;all ;k;");
}

TEST_F(admin_handler_test, of_several_planes_each_is_told_of_by_its_name) {
  auto& other = figures_.add_worker("gateway");
  cache_.planes = {{"admin", {}}, {"gateway", {}}};
  cache_.planes[0].found.add(90s);
  cache_.planes[1].found.add(2h);
  cache_.planes[1].found.add(std::nullopt);
  count(outcome::hit, http::route::integrations, 2);
  other.finished(proxy::finished_request{
      .report = {.outcome = outcome::miss, .route = http::route::virtual_keys}, .method = "GET", .target = "/"});

  const auto stats = body_of(get("/api/stats"));
  EXPECT_EQ(stats.at_pointer("/requests/total"), 3);
  EXPECT_EQ(stats.at_pointer("/planes/admin/requests/total"), 2);
  EXPECT_EQ(stats.at_pointer("/planes/gateway/requests/by_outcome/miss"), 1);
  EXPECT_EQ(stats.at_pointer("/planes/gateway/lookups/from_memory"), 0);

  const auto coverage = body_of(get("/api/coverage"));
  EXPECT_EQ(coverage.at("asked"), 3U);
  EXPECT_EQ(coverage.at("covered"), 2U);
  EXPECT_EQ(coverage.at("first_lost_seconds"), 90);
  EXPECT_EQ(coverage.at("last_lost_seconds"), 7200);
  EXPECT_EQ(coverage.at_pointer("/covered_after/1/covered"), 1U);
  EXPECT_EQ(coverage.at_pointer("/planes/admin/asked"), 1U);
  EXPECT_EQ(coverage.at_pointer("/planes/gateway/covered"), 1U);

  EXPECT_EQ(purge(R"({"plane":"gateway","all":true})").status, 200U);
  EXPECT_EQ(orders_, "all gateway;");
  EXPECT_EQ(purge(R"({"plane":"none","all":true})").body.at_pointer("/error/message"),
            "expected of plane: one of admin, gateway");
}

TEST_F(admin_handler_test, of_one_plane_coverage_says_no_more_than_that) {
  EXPECT_FALSE(body_of(get("/api/coverage")).as_object().contains("planes"));
}

TEST_F(admin_handler_test, a_purge_without_the_token_changes_nothing) {
  const std::string body = R"({"all":true})";
  const std::pair<std::string, std::string> json{"Content-Type", "application/json"};
  EXPECT_EQ(post("/api/purge", body, {json}).status, 401U);
  for (const auto* wrong : {"Bearer the-toke", "Bearer the-token2", "Bearer ", "Basic the-token", "the-token"})
    EXPECT_EQ(post("/api/purge", body, {json, {"Authorization", wrong}}).status, 401U) << wrong;
  EXPECT_EQ(
      post("/api/purge", body, {json, {"Authorization", "Bearer the-token"}, {"Authorization", "Bearer the-token"}})
          .status,
      401U);
  EXPECT_EQ(post("/api/purge", body, {{"Authorization", "Bearer the-token"}}).status, 415U);
  EXPECT_EQ(
      post("/api/purge", body, {json, {"Authorization", "Bearer the-token"}, {"Origin", "http://attacker.example"}})
          .status,
      403U);
  EXPECT_EQ(orders_, "");
}

TEST_F(admin_handler_test, without_a_configured_token_nobody_changes_anything) {
  token_.clear();
  const auto answer = purge(R"({"all":true})");
  EXPECT_EQ(answer.status, 403U);
  EXPECT_EQ(answer.body.at_pointer("/error/code"), "changes_disabled");
  EXPECT_EQ(orders_, "");
}

TEST_F(admin_handler_test, a_purge_that_can_not_be_understood_is_refused_with_what_was_expected) {
  for (const auto* bad :
       {"", "[]", "{", "{}", R"({"soft":true})", R"({"slug":""})", R"({"slug":1})", R"({"all":false})",
        R"({"all":true,"slug":"x"})", R"({"slag":"x"})", R"({"kind":"integrations"})", R"({"uuid":"openai"})",
        R"({"credential":"k"})", R"({"credential":{}})", R"({"credential":{"cookie":"k"}})", R"({"soft":1,"slug":"x"})",
        R"({"plane":"admin"})", R"({"plane":"","all":true})", R"({"plane":"none","all":true})"}) {
    const auto answer = purge(bad);
    EXPECT_EQ(answer.status, 400U) << bad;
    EXPECT_EQ(answer.body.at_pointer("/error/code"), "bad_purge") << bad;
  }
  EXPECT_EQ(purge(R"({"slug":")" + std::string(70'000, 'x') + R"("})").status, 413U);
  EXPECT_EQ(orders_, "");
}

TEST_F(admin_handler_test, each_refused_change_leaves_a_line_with_who_what_and_why) {
  std::ostringstream out;
  auto log =
      std::make_unique<metrics::log>(metrics::log_settings{}, std::make_shared<spdlog::sinks::ostream_sink_mt>(out));
  const header_list right{{"Authorization", "Bearer the-token"}, {"Content-Type", "application/json"}};
  purge("{");
  purge(std::string(70'000, 'x'));
  post("/api/drill?for=ever", "{}", right);
  post("/api/purge", "{}", {{"Authorization", "Bearer s3cret"}});
  post("/api/purge", "{}", {{"Authorization", "Bearer the-token"}});
  post("/api/drill", "{}", {{"Origin", "https://attacker.example"}});
  post("/api/nothing", "{}", right);
  post("/api/stats", "{}", right);
  get("/api/purge");
  log.reset();
  std::vector<std::string> said;
  std::istringstream lines(out.str());
  for (std::string line; std::getline(lines, line);) said.push_back(line.substr(line.find("audit ")));
  const auto refused = [](const std::string& action, int status, const std::string& why) {
    return "audit action=" + action + " by=admin outcome=refused status=" + std::to_string(status) + " why=" + why +
           " from=\"a Unix socket\"";
  };
  EXPECT_THAT(said, testing::ElementsAre(refused("purge", 400, "bad_purge"), refused("purge", 413, "body_too_large"),
                                         refused("drill", 400, "bad_drill"), refused("purge", 401, "bad_token"),
                                         refused("purge", 415, "not_json"), refused("drill", 403, "cross_site")));
}

TEST_F(admin_handler_test, coverage_says_how_much_could_be_served_and_until_when) {
  const auto nothing = body_of(get("/api/coverage"));
  EXPECT_EQ(nothing.at("asked"), 0U);
  EXPECT_TRUE(nothing.at("ratio").is_null());
  EXPECT_TRUE(nothing.at("first_lost_seconds").is_null());
  coverage_.add(90s);
  coverage_.add(2h);
  coverage_.add(std::nullopt);
  coverage_.add(2h);
  const auto said = body_of(get("/api/coverage"));
  EXPECT_EQ(said.at("asked"), 4U);
  EXPECT_EQ(said.at("covered"), 3U);
  EXPECT_EQ(said.at("ratio"), 0.75);
  EXPECT_EQ(said.at("first_lost_seconds"), 90);
  EXPECT_EQ(said.at("last_lost_seconds"), 7200);
  EXPECT_EQ(said.at_pointer("/covered_after/0/seconds"), 60);
  EXPECT_EQ(said.at_pointer("/covered_after/0/covered"), 3U);
  EXPECT_EQ(said.at_pointer("/covered_after/1/covered"), 2U);
}

TEST_F(admin_handler_test, a_drill_takes_the_token_and_reports) {
  EXPECT_EQ(post("/api/drill", R"({"for":"5m"})", {{"Content-Type", "application/json"}}).status, 401U);
  EXPECT_FALSE(drill_.on(clock_.now().mono));
  const header_list allowed = {{"Authorization", "Bearer the-token"}, {"Content-Type", "application/json"}};
  EXPECT_EQ(post("/api/drill", R"({"for":"5m"})", allowed).status, 200U);
  EXPECT_TRUE(drill_.on(clock_.now().mono));
  drill_.failed(http::route::providers, "pro\xff");
  drill_.stood_in();
  clock_.advance(1500ms);
  const auto said = body_of(get("/api/drill"));
  EXPECT_EQ(said.at("active"), true);
  EXPECT_EQ(said.at("left_seconds"), 299);
  EXPECT_EQ(said.at("length_seconds"), 300);
  EXPECT_EQ(said.at("stood_in"), 1U);
  EXPECT_EQ(said.at("failed"), 1U);
  EXPECT_EQ(said.at_pointer("/failed_records/0/ident"), "pro\\xff");
  EXPECT_EQ(post("/api/drill", R"({"for":"0s"})", allowed).status, 200U);
  EXPECT_EQ(body_of(get("/api/drill")).at("active"), false);
}

TEST_F(admin_handler_test, a_drill_that_can_not_be_is_refused_with_what_was_expected) {
  const header_list allowed = {{"Authorization", "Bearer the-token"}, {"Content-Type", "application/json"}};
  for (const auto* body : {"", "5m", "{}", R"({"for":5})", R"({"for":"5"})", R"({"for":"61m"})", R"({"for":"-1s"})",
                           R"({"for":"5m","slug":"x"})"}) {
    const auto got = post("/api/drill", body, allowed);
    EXPECT_EQ(got.status, 400U) << body;
    EXPECT_NE(std::string(got.body.at_pointer("/error/message").get_string()).find("\"for\": \"5m\""),
              std::string::npos);
    EXPECT_FALSE(drill_.on(clock_.now().mono));
  }
}

TEST_F(admin_handler_test, what_gateways_were_given_stale_is_listed) {
  stale_.rows = {{.family = "virtual-keys",
                  .ident = "openai",
                  .workspace = "w",
                  .organisation = "o",
                  .first = wall_time{std::chrono::seconds{1'700'000'000}},
                  .last = wall_time{std::chrono::seconds{1'700'000'060}},
                  .times = 3},
                 {.family = "configs", .ident = "c"}};
  const auto one = body_of(get("/api/stale-served?limit=1"));
  EXPECT_EQ(boost::json::serialize(one),
            R"({"total":2,"limit":1,"records":[{"family":"virtual-keys","ident":"openai","workspace_id":"w",)"
            R"("organisation_id":"o","first":"2023-11-14T22:13:20Z","last":"2023-11-14T22:14:20Z","times":3}]})");
  EXPECT_EQ(body_of(get("/api/stale-served")).at("records").as_array().size(), 2U);
  EXPECT_EQ(get("/api/stale-served?limit=0").status, 400U);
}

}  // namespace
}  // namespace sidecache::admin
