#include "net/upstream_request_head.hpp"

#include <gtest/gtest.h>

namespace sidecache::net {
namespace {

const upstream_url url = *parse_upstream_url("https://cp.example/albus");

TEST(upstream_request_head, appends_the_target_to_the_prefix_as_it_stands) {
  proxy::upstream_request request;
  request.target = "/v2//virtual-keys/a%20b?organisation_id=1";
  request.fields.add("x-portkey-api-key", "K");
  EXPECT_EQ(upstream_request_head(request, url),
            "GET /albus/v2//virtual-keys/a%20b?organisation_id=1 HTTP/1.1\r\nHost: cp.example\r\n"
            "x-portkey-api-key: K\r\n\r\n");
}

TEST(upstream_request_head, frames_the_body_itself) {
  proxy::upstream_request request;
  request.target = "/x";
  request.method = http::method::put;
  request.method_name = "PUT";
  request.fields.add("content-length", "999");
  request.fields.add("Transfer-Encoding", "gzip");
  request.fields.add("host", "elsewhere");
  request.body = http::framing::length;
  request.content_length = 3;
  EXPECT_EQ(upstream_request_head(request, url),
            "PUT /albus/x HTTP/1.1\r\nHost: cp.example\r\nContent-Length: 3\r\n\r\n");
  request.body = http::framing::chunked;
  EXPECT_EQ(upstream_request_head(request, url),
            "PUT /albus/x HTTP/1.1\r\nHost: cp.example\r\nTransfer-Encoding: chunked\r\n\r\n");
  request.body = http::framing::none;
  EXPECT_EQ(upstream_request_head(request, url),
            "PUT /albus/x HTTP/1.1\r\nHost: cp.example\r\nContent-Length: 0\r\n\r\n");
  request.method = http::method::del;
  request.method_name = "DELETE";
  EXPECT_EQ(upstream_request_head(request, url), "DELETE /albus/x HTTP/1.1\r\nHost: cp.example\r\n\r\n");
}

TEST(upstream_request_head, options_of_the_server_itself_has_no_prefix) {
  proxy::upstream_request request;
  request.method = http::method::options;
  request.method_name = "OPTIONS";
  request.target = "*";
  EXPECT_EQ(upstream_request_head(request, url), "OPTIONS * HTTP/1.1\r\nHost: cp.example\r\n\r\n");
}

TEST(upstream_request_head, a_proxy_is_told_the_whole_url_and_who_asks_it) {
  const upstream_url plain = *parse_upstream_url("http://cp.example:8080/albus");
  const upstream_proxy open{*parse_proxy_url("http://proxy.example:3128"), {}};
  const upstream_proxy guarded{*parse_proxy_url("http://proxy.example:3128"), secret("Basic QQ==")};
  proxy::upstream_request request;
  request.target = "/v1/x?a=1";
  request.fields.add("proxy-authorization", "Basic of-the-client");
  EXPECT_EQ(upstream_request_head(request, plain, &open),
            "GET http://cp.example:8080/albus/v1/x?a=1 HTTP/1.1\r\nHost: cp.example:8080\r\n\r\n");
  EXPECT_EQ(upstream_request_head(request, plain, &guarded),
            "GET http://cp.example:8080/albus/v1/x?a=1 HTTP/1.1\r\nHost: cp.example:8080\r\n"
            "Proxy-Authorization: Basic QQ==\r\n\r\n");
  EXPECT_EQ(upstream_request_head(request, plain), "GET /albus/v1/x?a=1 HTTP/1.1\r\nHost: cp.example:8080\r\n\r\n");
  request.method = http::method::options;
  request.method_name = "OPTIONS";
  request.target = "*";
  EXPECT_EQ(upstream_request_head(request, plain, &open),
            "OPTIONS http://cp.example:8080 HTTP/1.1\r\nHost: cp.example:8080\r\n\r\n");
}

TEST(upstream_request_head, writes_nothing_that_could_end_a_line) {
  const auto refused = [](auto change) {
    proxy::upstream_request request;
    request.target = "/x";
    change(request);
    return !upstream_request_head(request, url).has_value();
  };
  EXPECT_FALSE(refused([](auto&) {}));
  EXPECT_TRUE(refused([](auto& r) { r.target = "/x\r\nEvil: 1"; }));
  EXPECT_TRUE(refused([](auto& r) { r.target = "/x HTTP/1.1"; }));
  EXPECT_TRUE(refused([](auto& r) { r.target = ""; }));
  EXPECT_TRUE(refused([](auto& r) { r.target = "http://elsewhere/"; }));
  EXPECT_TRUE(refused([](auto& r) { r.method_name = "GET /y"; }));
  EXPECT_TRUE(refused([](auto& r) { r.fields.add("a", "b\r\nEvil: 1"); }));
  EXPECT_TRUE(refused([](auto& r) { r.fields.add("a\n", "b"); }));
  EXPECT_TRUE(refused([](auto& r) { r.fields.add("a", std::string_view("b\0c", 3)); }));
}

}  // namespace
}  // namespace sidecache::net
