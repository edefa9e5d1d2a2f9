// Which fault meets which request, and what the faults' endpoint takes and shows.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mock/faults.hpp"
#include "unit/mock/mock_client.hpp"

namespace sidecache::mock {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

fault_plan plan_of(mock_client& client, std::string_view method, std::string_view target) {
  const http::fields none;
  return client.served.admit({http::method_from(method), method, target, &none, {}}).value().plan;
}

TEST(mock_faults, meet_only_what_they_are_limited_to) {
  mock_client client;
  ASSERT_EQ(client
                .post("/__mock/faults", R"({"kind":"error","path":"/integrations/","method":"GET","times":2,
      "status":503})")
                .status,
            200);
  EXPECT_EQ(client.get("/v1/providers/openai-main").status, 200);
  EXPECT_EQ(client.get("/v1/providers/openai-main?x=/integrations/").status, 200) << "the query is no path";
  EXPECT_EQ(client.put("/v1/integrations/openai-prod", "{}").status, 200);
  const auto failed = client.get("/v1/integrations/openai-prod");
  EXPECT_EQ(failed.status, 503);
  EXPECT_EQ(text(failed.body, "/error/code"), "AB04");
  EXPECT_EQ(text(client.get("/__mock/faults").body, "/faults/0/times"), "1");
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 503);
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 200) << "twice was enough";
}

TEST(mock_faults, add_up_and_the_first_answer_wins) {
  mock_client client;
  client.post("/__mock/faults", R"([{"kind":"latency","ms":100},{"kind":"latency","ms":20,"when":"after"},
      {"kind":"latency","ms":5},{"kind":"html"},{"kind":"error"},{"kind":"header","name":"x-a","value":"1"},
      {"kind":"slow_body","bytes":7,"ms":3},{"kind":"many_headers","count":9}])");
  const auto plan = plan_of(client, "GET", "/v1/integrations/x");
  EXPECT_EQ(plan.before, 105ms);
  EXPECT_EQ(plan.after, 20ms);
  EXPECT_EQ(plan.what, fault_plan::content::html);
  EXPECT_EQ(plan.piece_bytes, 7U);
  EXPECT_EQ(plan.piece_pause, 3ms);
  EXPECT_EQ(plan.more_fields, 9U);
  EXPECT_EQ(plan.set_fields.at(0).first, "x-a");
}

TEST(mock_faults, answer_429_in_the_control_planes_shape) {
  mock_client client;
  client.post("/__mock/faults", R"({"kind":"rate_limit","retry_after":7})");
  const auto refused = client.get("/v1/integrations/openai-prod");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(refused.fields.find("Retry-After"), "7");
  EXPECT_EQ(text(refused.body, "/errorCode"), "AB06");
}

TEST(mock_faults, leave_the_store_alone_when_they_replace_the_answer) {
  mock_client client;
  client.post("/__mock/faults", R"({"kind":"error","times":1})");
  EXPECT_EQ(client.del("/v1/integrations/openai-prod").status, 500);
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 200);
}

TEST(mock_faults, are_cleared_those_of_the_options_too) {
  options with;
  with.latency = 30ms;
  with.error_rate = 1;
  with.error_status = 502;
  with.reset_rate = 0;
  with.slow_body = 5ms;
  mock_client client(with);
  EXPECT_EQ(plan_of(client, "GET", "/").before, 30ms);
  EXPECT_EQ(plan_of(client, "GET", "/").piece_bytes, 64U);
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 502);
  EXPECT_EQ(client.del("/__mock/faults").bytes, R"({"faults":[]})");
  EXPECT_EQ(client.get("/v1/integrations/openai-prod").status, 200);
}

TEST(mock_faults, happen_by_chance_the_same_way_for_the_same_seed) {
  options with;
  with.error_rate = 0.3;
  with.jitter = 10ms;
  const auto fate = [](const options& chosen) {
    mock_client client(chosen);
    std::vector<std::pair<bool, duration>> all;
    for (int i = 0; i < 1000; ++i) {
      const auto plan = plan_of(client, "GET", "/v1/integrations/x");
      all.emplace_back(plan.what == fault_plan::content::error, plan.before);
    }
    return all;
  };
  const auto first = fate(with);
  EXPECT_EQ(first, fate(with));
  const auto errors = std::ranges::count_if(first, [](const auto& one) { return one.first; });
  EXPECT_NEAR(static_cast<double>(errors), 300, 60);
  EXPECT_LT(std::ranges::max(first, {}, [](const auto& one) { return one.second; }).second, 10ms);
  with.seed = 2;
  EXPECT_NE(first, fate(with));
}

TEST(mock_faults, that_cannot_be_understood_are_refused_and_none_of_the_batch_is_added) {
  mock_client client;
  for (const std::string_view bad :
       {R"({"kind":"fire"})", R"({"ms":3})", R"({"kind":"latency","mss":3})", R"({"kind":"latency","ms":-1})",
        R"({"kind":"latency","ms":"3"})", R"({"kind":"error","rate":1.5})", R"({"kind":"error","status":99})",
        R"({"kind":"header"})", R"({"kind":"header","name":"a","value":"b\r\nc: d"})",
        R"({"kind":"latency","when":"never"})", "nonsense", R"([{"kind":"error"},{"kind":"fire"}])"}) {
    const auto refused = client.post("/__mock/faults", bad);
    EXPECT_EQ(refused.status, 400) << bad;
  }
  EXPECT_EQ(client.get("/__mock/faults").bytes, R"({"faults":[]})");
  EXPECT_THAT(client.post("/__mock/faults", R"({"kind":"fire"})").bytes,
              HasSubstr("kind must be one of latency error"));
}

TEST(mock_faults, are_shown_as_they_were_given) {
  mock_client client;
  const std::string_view given =
      R"([{"kind":"latency","path":"/x","method":"PUT","rate":2.5E-1,"times":3,"ms":40,"jitter_ms":5,"when":"after"},)"
      R"({"kind":"rate_limit","retry_after":9},{"kind":"truncate","bytes":12}])";
  client.post("/__mock/faults", given);
  EXPECT_EQ(client.get("/__mock/faults").body.at("faults"), json::parse(given));
}

TEST(mock_edit, changes_a_record_behind_everybodys_back) {
  mock_client client;
  client.clock.advance(1h);
  const auto done = client.post("/__mock/edit", R"({"kind":"integrations","slug":"azure-foundry",
      "patch":{"name":"edited","description":null,"configurations":{"azure_api_version":"2099-01-01"}}})");
  ASSERT_EQ(done.status, 200) << done.bytes;
  const auto seen = client.get("/v1/integrations/azure-foundry").body;
  EXPECT_EQ(text(seen, "/name"), "edited");
  EXPECT_EQ(text(seen, "/description"), "null");
  EXPECT_EQ(text(seen, "/configurations/azure_api_version"), "2099-01-01");
  EXPECT_EQ(text(seen, "/configurations/azure_auth_mode"), "managed") << "a merge patch leaves the rest";
  EXPECT_EQ(text(seen, "/last_updated_at"), "2025-07-15T01:00:00.000Z");
}

TEST(mock_edit, must_say_which_record_where_a_slug_names_several) {
  mock_client client;
  EXPECT_EQ(client.post("/__mock/edit", R"({"kind":"virtual-keys","slug":"openai-vk","patch":{}})").status, 409);
  EXPECT_EQ(client
                .post("/__mock/edit", R"({"kind":"virtual-keys","slug":"openai-vk","workspace":"acme-staging",
      "patch":{"status":"exhausted"}})")
                .status,
            200);
  EXPECT_EQ(text(client.get("/v1/virtual-keys/openai-vk").body, "/status"), "active");
  client.key = acme_staging_key;
  EXPECT_EQ(text(client.get("/v1/virtual-keys/openai-vk").body, "/status"), "exhausted");
  EXPECT_EQ(client
                .post("/__mock/edit", R"({"kind":"integrations","slug":"openai-prod","organisation":"globex",
      "patch":{"name":"theirs"}})")
                .status,
            200);
  EXPECT_EQ(text(client.get("/v1/integrations/openai-prod").body, "/name"), "OpenAI production");
}

TEST(mock_edit, deletes_too_and_refuses_nonsense) {
  mock_client client;
  EXPECT_EQ(client.post("/__mock/edit", R"({"kind":"provider","slug":"vllm-main","delete":true})").status, 200);
  EXPECT_EQ(client.get("/v1/providers/vllm-main").status, 404);
  EXPECT_EQ(client.post("/__mock/edit", R"({"kind":"provider","slug":"vllm-main","patch":{}})").status, 404);
  EXPECT_EQ(client.post("/__mock/edit", R"({"kind":"cats","slug":"vllm-main","patch":{}})").status, 400);
  EXPECT_EQ(client.post("/__mock/edit", R"({"kind":"provider","slug":"edge-main","patch":{"slug":"x"}})").status, 400);
  EXPECT_EQ(client.post("/__mock/edit", R"({"kind":"provider","slug":"edge-main"})").status, 400);
  EXPECT_EQ(client.post("/__mock/edit", "x").status, 400);
}

TEST(mock_requests, are_counted_by_route_caller_and_status) {
  mock_client client;
  static_cast<void>(client.get("/v1/integrations/openai-prod?a=1"));
  static_cast<void>(client.get("/v1/integrations/openai-prod"));
  client.key = "wrong";
  static_cast<void>(client.del("/v1/integrations/openai-prod"));
  client.key = "";
  static_cast<void>(client.get("/v1/providers"));

  const auto counts = client.get("/__mock/requests").body;
  EXPECT_EQ(counts.at("total"), 4);
  EXPECT_EQ(counts.at("in_flight"), 0);
  EXPECT_EQ(counts.at("by_route").at("GET /v1/integrations/openai-prod"), 2);
  EXPECT_EQ(counts.at("by_caller"), json::parse(R"({"acme-prod":2,"none":1,"unknown":1})"));
  EXPECT_EQ(counts.at("by_status"), json::parse(R"({"200":2,"401":2})"));
  EXPECT_EQ(
      counts.at("log").at(0),
      json::parse(R"({"method":"GET","target":"/v1/integrations/openai-prod?a=1","caller":"acme-prod","status":200})"));

  EXPECT_EQ(client.del("/__mock/requests").status, 200);
  EXPECT_EQ(client.get("/__mock/requests").body.at("total"), 0);
}

TEST(mock_requests, are_counted_when_they_arrive) {
  mock_client client;
  const http::fields none;
  const auto held = client.served.admit({http::method::get, "GET", "/v1/providers", &none, {}});
  auto counts = client.get("/__mock/requests").body;
  EXPECT_EQ(counts.at("total"), 1);
  EXPECT_EQ(counts.at("in_flight"), 1);
  EXPECT_EQ(text(counts, "/log/0/status"), "null");
  static_cast<void>(client.del("/__mock/requests"));
  static_cast<void>(client.get("/v1/integrations"));
  client.served.ended(*held, ended_as::whole, 200);
  counts = client.get("/__mock/requests").body;
  EXPECT_EQ(counts.at("total"), 1) << "one that arrived before the reset is not counted when it ends";
  EXPECT_EQ(counts.at("in_flight"), 0);
}

TEST(mock_requests, log_is_bounded) {
  mock_client client;
  for (int i = 0; i < 1500; ++i) static_cast<void>(client.get("/v1/integrations/openai-prod"));
  const auto counts = client.get("/__mock/requests").body;
  EXPECT_EQ(counts.at("total"), 1500);
  EXPECT_EQ(counts.at("log").as_array().size(), 1000U);
  EXPECT_EQ(text(counts, "/log/0/status"), "200");
  EXPECT_EQ(text(counts, "/log/999/status"), "200");
}

}  // namespace
}  // namespace sidecache::mock
