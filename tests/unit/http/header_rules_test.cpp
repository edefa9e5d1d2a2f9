// Which header goes where. Promise 1 rests on key and upstream request being made from the same lists.
#include "http/header_rules.hpp"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>

#include "unit/http/samples.hpp"

namespace sidecache::http {
namespace {

/// "name: value" lines, for comparing.
credential_state state_of(std::initializer_list<field> all) {
  const auto request = with(all);
  return credential_of(request).state;
}

TEST(hop_by_hop, fields_of_one_connection_go) {
  auto f = with({{"Host", "h"},
                 {"Connection", "close"},
                 {"Keep-Alive", "timeout=5"},
                 {"Proxy-Connection", "keep-alive"},
                 {"TE", "trailers"},
                 {"Transfer-Encoding", "chunked"},
                 {"UPGRADE", "h2c"},
                 {"HTTP2-Settings", "x"},
                 {"Proxy-Authorization", "Basic x"},
                 {"Proxy-Authenticate", "Basic"},
                 {"Proxy-Authentication-Info", "x"},
                 {"Trailer", "Checksum"},
                 {"Accept", "a"}});
  erase_hop_by_hop(f);
  EXPECT_EQ(text(f), "Host: h\r\nTrailer: Checksum\r\nAccept: a\r\n");
}

TEST(hop_by_hop, what_connection_names_goes_too) {
  auto f = with({{"Connection", "close, X-Private ,, "},
                 {"x-private", "1"},
                 {"X-PRIVATE", "2"},
                 {"connection", "x-other"},
                 {"X-Other", "3"},
                 {"X-Otherwise", "4"}});
  erase_hop_by_hop(f);
  EXPECT_EQ(text(f), "X-Otherwise: 4\r\n");
}

TEST(hop_by_hop, a_star_in_connection_is_a_name_and_no_pattern) {
  auto f = with({{"Connection", "*, x-*"}, {"X-Kept", "1"}, {"Authorization", "k"}});
  erase_hop_by_hop(f);
  EXPECT_EQ(text(f), "X-Kept: 1\r\nAuthorization: k\r\n");
}

TEST(variant_key, nothing_that_choosing_among_records_does_not_depend_on) {
  EXPECT_EQ(variant_key(with({{"x-portkey-api-key", "k"},
                              {"x-portkey-trace-id", "t"},
                              {"X-Portkey-Metadata", "{}"},
                              {"x-portkey-runtime", "node"},
                              {"x-portkey-runtime-version", "v20"},
                              {"x-portkey-package-version", "portkey-3.1"},
                              {"X-PORTKEY-STRICT-OPEN-AI-COMPLIANCE", "true"},
                              {"accept", "*/*"},
                              {"content-type", "application/json"},
                              {"sec-fetch-mode", "cors"},
                              {"user-agent", "ua"},
                              {"traceparent", "00-x"},
                              {"authorization", "k"}})),
            "");
}

TEST(variant_key, any_other_portkey_header_counts) {
  EXPECT_EQ(variant_key(with({{"X-Portkey-Workspace", "w"}})), "x-portkey-workspace=1:w;");
  EXPECT_NE(variant_key(with({{"x-portkey-workspace", "w"}})), variant_key(with({{"x-portkey-workspace", "v"}})));
  for (const auto* name : {"x-portkey-new-thing", "x-portkey-trace-identity", "x-portkey-api-keys",
                           "x-portkey-metadata-2", "x-portkey-", "x-portkey-virtual-key", "x-portkey-provider"})
    EXPECT_TRUE(is_key_field(name)) << name;
  EXPECT_FALSE(is_key_field("x-portkey"));
  EXPECT_FALSE(is_key_field("portkey-workspace"));
}

TEST(variant_key, order_and_case_of_names_do_not_matter) {
  EXPECT_EQ(variant_key(with({{"X-Portkey-B", "2"}, {"accept", "x"}, {"x-portkey-a", "1"}})),
            variant_key(with({{"x-portkey-A", "1"}, {"x-portkey-b", "2"}})));
  EXPECT_NE(variant_key(with({{"x-portkey-a", "V"}})), variant_key(with({{"x-portkey-a", "v"}})));
}

TEST(variant_key, lines_of_one_name_keep_their_order) {
  EXPECT_NE(variant_key(with({{"x-portkey-a", "1"}, {"x-portkey-a", "2"}})),
            variant_key(with({{"x-portkey-a", "2"}, {"x-portkey-a", "1"}})));
}

TEST(variant_key, no_two_sets_of_fields_share_one_text) {
  EXPECT_NE(variant_key(with({{"x-portkey-a", "1;x-portkey-b=1:2"}})),
            variant_key(with({{"x-portkey-a", "1"}, {"x-portkey-b", "2"}})));
  EXPECT_NE(variant_key(with({{"x-portkey-a", ""}})), variant_key(with({})));
  EXPECT_NE(variant_key(with({{"x-portkey-a", "1"}, {"x-portkey-a", "1"}})), variant_key(with({{"x-portkey-a", "1"}})));
}

TEST(credential, both_headers_or_one) {
  const auto request = with({{"Authorization", "Bearer k"}, {"X-Portkey-Api-Key", "k2"}});
  const auto who = credential_of(request);
  EXPECT_EQ(who.state, credential_state::present);
  EXPECT_EQ(who.authorization, "Bearer k");
  EXPECT_EQ(who.api_key, "k2");
  EXPECT_EQ(state_of({{"authorization", "k"}}), credential_state::present);
  EXPECT_EQ(state_of({{"x-portkey-api-key", "k"}}), credential_state::present);
}

TEST(credential, none_means_passing_it_through) {
  EXPECT_EQ(state_of({{"accept", "x"}}), credential_state::none);
  EXPECT_EQ(state_of({{"authorization", ""}}), credential_state::none);
  EXPECT_EQ(state_of({{"authorization", "k"}, {"x-portkey-api-key", ""}}), credential_state::none)
      << "what the control plane makes of an empty one is not known";
}

TEST(credential, repeated_or_with_a_cookie_it_is_not_clear_whose) {
  EXPECT_EQ(state_of({{"authorization", "a"}, {"Authorization", "a"}}), credential_state::repeated);
  EXPECT_EQ(state_of({{"x-portkey-api-key", "a"}, {"X-PORTKEY-API-KEY", "b"}}), credential_state::repeated);
  EXPECT_EQ(state_of({{"authorization", "a"}, {"Cookie", "session=1"}}), credential_state::cookie);
  EXPECT_EQ(state_of({{"Cookie", "session=1"}}), credential_state::cookie);
}

TEST(upstream_lookup, carries_what_the_key_is_made_of_and_no_client_of_its_own) {
  const auto request = with({{"Host", "127.0.0.1:9400"},
                             {"Authorization", "Bearer k"},
                             {"x-portkey-api-key", "k2"},
                             {"X-Portkey-Workspace", "w"},
                             {"x-portkey-trace-id", "t"},
                             {"traceparent", "00-x"},
                             {"tracestate", "a=1"},
                             {"tracestate", "b=2"},
                             {"X-Request-Id", "r1"},
                             {"If-None-Match", "\"e\""},
                             {"If-Modified-Since", "x"},
                             {"Range", "bytes=0-1"},
                             {"Cache-Control", "no-cache"},
                             {"Accept-Encoding", "gzip"},
                             {"Accept", "text/html"},
                             {"User-Agent", "client"},
                             {"Cookie", "c"},
                             {"Via", "1.1 edge"},
                             {"X-Forwarded-For", "10.0.0.9"},
                             {"Proxy-Authorization", "Basic x"},
                             {"Content-Type", "application/json"}});
  const auto up = upstream_lookup_fields(request, "1.2.3");
  EXPECT_EQ(text(up),
            "Authorization: Bearer k\r\nx-portkey-api-key: k2\r\nX-Portkey-Workspace: w\r\nVia: 1.1 edge\r\n"
            "traceparent: 00-x\r\nx-request-id: r1\r\ntracestate: a=1, b=2\r\n"
            "Accept: application/json\r\nAccept-Encoding: identity\r\nUser-Agent: sidecache/1.2.3\r\n");
  EXPECT_EQ(variant_key(up), variant_key(request));
}

TEST(upstream_lookup, a_trace_that_came_twice_is_none) {
  const auto up = upstream_lookup_fields(with({{"Authorization", "Bearer k"},
                                               {"traceparent", "00-x"},
                                               {"traceparent", "00-y"},
                                               {"tracestate", "a=1"},
                                               {"x-request-id", "r1"},
                                               {"x-request-id", "r2"}}),
                                         "1.2.3");
  for (const auto* name : {"traceparent", "tracestate", "x-request-id"}) EXPECT_FALSE(up.contains(name)) << name;
}

TEST(pass_through, all_but_this_hop) {
  const auto up = pass_through_fields(with({{"Host", "h"},
                                            {"Content-Length", "3"},
                                            {"Expect", "100-continue"},
                                            {"Connection", "x-hop"},
                                            {"X-Hop", "1"},
                                            {"Transfer-Encoding", "chunked"},
                                            {"If-None-Match", "\"e\""},
                                            {"Range", "bytes=0-1"},
                                            {"Cookie", "c"},
                                            {"traceparent", "00-x"},
                                            {"Trailer", "Sum"},
                                            {"Proxy-Authorization", "Basic x"},
                                            {"Proxy-Connection", "keep-alive"},
                                            {"X-Forwarded-For", "10.0.0.9"},
                                            {"Via", "1.0 edge"},
                                            {"Accept-Encoding", "gzip"}}));
  EXPECT_EQ(text(up),
            "If-None-Match: \"e\"\r\nRange: bytes=0-1\r\nCookie: c\r\ntraceparent: 00-x\r\nTrailer: Sum\r\n"
            "X-Forwarded-For: 10.0.0.9\r\nVia: 1.0 edge\r\nAccept-Encoding: gzip\r\n");
}

TEST(pass_through, trailers_that_frame_route_or_authenticate_stay_behind) {
  const auto out = pass_through_trailers(with({{"Content-Length", "3"},
                                               {"Transfer-Encoding", "chunked"},
                                               {"Host", "h"},
                                               {"Authorization", "k"},
                                               {"x-portkey-api-key", "k"},
                                               {"Set-Cookie", "c"},
                                               {"Cache-Control", "max-age=9"},
                                               {"Grpc-Status", "0"},
                                               {"X-Checksum", "1"}}));
  EXPECT_EQ(text(out), "Grpc-Status: 0\r\nX-Checksum: 1\r\n");
}

TEST(stored, a_kept_answer_says_nothing_of_the_exchange_it_came_by) {
  const auto kept = stored_fields(with({{"Date", "d"},
                                        {"Content-Type", "application/json"},
                                        {"Content-Length", "10"},
                                        {"Age", "3"},
                                        {"Transfer-Encoding", "chunked"},
                                        {"Connection", "keep-alive, X-Hop"},
                                        {"x-hop", "1"},
                                        {"Set-Cookie", "a"},
                                        {"set-cookie", "b"},
                                        {"x-portkey-trace-id", "t"},
                                        {"X-Request-Id", "r"},
                                        {"CF-Ray", "1"},
                                        {"cf-cache-status", "DYNAMIC"},
                                        {"x-amzn-RequestId", "1"},
                                        {"X-Amz-Cf-Pop", "FRA"},
                                        {"x-envoy-upstream-service-time", "4"},
                                        {"alt-svc", "h3=\":443\""},
                                        {"nel", "{}"},
                                        {"report-to", "{}"},
                                        {"server-timing", "x"},
                                        {"x-cache", "HIT"},
                                        {"x-cache-hits", "1"},
                                        {"Cache-Status", "edge; hit"},
                                        {"X-RateLimit-Remaining", "9"},
                                        {"ratelimit", "x"},
                                        {"Retry-After", "1"},
                                        {"Accept-Ranges", "bytes"},
                                        {"Trailer", "x"},
                                        {"Cache-Control", "max-age=5"},
                                        {"ETag", "\"e\""},
                                        {"Vary", "Accept"},
                                        {"Via", "1.1 edge"},
                                        {"x-portkey-other", "kept"},
                                        {"x-cached-by", "kept"}}));
  EXPECT_EQ(text(kept),
            "Date: d\r\nContent-Type: application/json\r\nCache-Control: max-age=5\r\nETag: \"e\"\r\nVary: Accept\r\n"
            "Via: 1.1 edge\r\nx-portkey-other: kept\r\nx-cached-by: kept\r\n");
}

TEST(json_content_type, with_suffix_and_parameters) {
  for (const auto* yes :
       {"application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;charset=\"a;b\"",
        "application/problem+json", "application/vnd.api+JSON", "application/json;"})
    EXPECT_TRUE(is_json_content_type(yes)) << yes;
  for (const auto* no : {"", "text/html", "json", "application/jsonp", "application/json, text/html",
                         "application/x json", "application/ json", "text/html; a=application/json",
                         "application/+json", "/+json", "application/json-seq", "text/plain+jsonx", "+json"})
    EXPECT_FALSE(is_json_content_type(no)) << no;
}

}  // namespace
}  // namespace sidecache::http
