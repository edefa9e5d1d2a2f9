#include "metrics/metrics_handler.hpp"

#include <gtest/gtest.h>

namespace sidecache::metrics {
namespace {

class metrics_handler_test : public testing::Test {
 protected:
  proxy::answer ask(http::method method, std::string target) {
    http::request_head request;
    request.method = method;
    request.target = std::move(target);
    return handler_.answer_now(request, nullptr).value();
  }
  proxy::answer get(std::string target) { return ask(http::method::get, std::move(target)); }

  collector figures_{"1.2.3"};
  std::atomic<bool> ready_ = true;
  metrics_handler handler_{figures_, ready_};
};

TEST_F(metrics_handler_test, serves_the_page_in_the_text_format) {
  figures_.add_worker("admin");
  const auto answer = get("/metrics");
  EXPECT_EQ(answer.status, 200U);
  EXPECT_NE(answer.head.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string_view::npos);
  EXPECT_NE(answer.body.find("# TYPE sidecache_requests_total counter\n"), std::string_view::npos);
  EXPECT_NE(answer.body.find("sidecache_build_info{version=\"1.2.3\""), std::string_view::npos);
  EXPECT_EQ(ask(http::method::head, "/metrics").status, 200U);
  EXPECT_EQ(get("/metrics?name[]=x").status, 200U);
}

TEST_F(metrics_handler_test, ready_until_shutdown_begins_and_alive_throughout) {
  EXPECT_EQ(get("/readyz").status, 200U);
  EXPECT_EQ(get("/livez").body, "ok\n");
  ready_ = false;
  EXPECT_EQ(get("/readyz").status, 503U);
  EXPECT_EQ(get("/livez").status, 200U);
}

TEST_F(metrics_handler_test, everything_else_is_404_in_json) {
  for (const auto* target : {"/", "/api/stats", "/metrics/", "/METRICS", "*", ""}) {
    const auto answer = get(target);
    EXPECT_EQ(answer.status, 404U) << target;
    EXPECT_NE(answer.head.find("application/json"), std::string_view::npos);
    EXPECT_EQ(answer.report.outcome, outcome::rejected);
  }
}

TEST_F(metrics_handler_test, other_methods_are_405_and_told_which_are_allowed) {
  const auto answer = ask(http::method::post, "/metrics");
  EXPECT_EQ(answer.status, 405U);
  EXPECT_EQ(answer.extra.view(), "Allow: GET, HEAD\r\n");
}

}  // namespace
}  // namespace sidecache::metrics
