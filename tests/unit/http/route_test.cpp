// What a request is about: lookups strictly, writes generously (promise 2 rests on it).
#include "http/route.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {
namespace {

using records::kind;

const std::vector<std::string> prefixes{"", "/v1", "/v2", "/api/v1"};

/// "record integration X exact", "sub_resource provider X models", "list virtual_key", "policy", ...
std::string describe(const target& t) {
  static constexpr std::string_view classes[]{"record",  "list", "sub_resource", "policy", "workspace",
                                              "api_key", "sync", "resync",       "other",  "opaque"};
  static constexpr std::string_view kinds[]{"integration", "virtual_key",    "provider", "config",
                                            "prompt",      "prompt_partial", "guardrail"};
  std::string text(classes[static_cast<std::size_t>(t.what)]);
  if (t.what <= target_class::sub_resource) text.append(" ").append(kinds[static_cast<std::size_t>(t.kind)]);
  if (!t.ident.empty()) text.append(" ").append(t.ident);
  if (!t.sub_resource.empty()) text.append(" ").append(t.sub_resource);
  if (!t.organisation.empty()) text.append(" of ").append(t.organisation);
  if (t.exact) text.append(" exact");
  return text;
}

struct target_row {
  std::string_view raw;
  std::string_view is;
};

void expect_rows(const std::vector<target_row>& rows) {
  for (const auto& [raw, is] : rows) EXPECT_EQ(describe(classify_target(raw, prefixes)), is) << raw;
}

TEST(route, a_lookup_is_prefix_kind_and_ident_to_the_letter) {
  expect_rows({{"/integrations/openai", "record integration openai exact"},
               {"/v1/integrations/openai", "record integration openai exact"},
               {"/v2/virtual-keys/vk-1", "record virtual_key vk-1 exact"},
               {"/api/v1/providers/p_2", "record provider p_2 exact"},
               {"/v1/providers/3fa85f64-5717-4562-B3fc-2c963f66afa6",
                "record provider 3fa85f64-5717-4562-B3fc-2c963f66afa6 exact"},
               {"/v1/providers/UPPER", "record provider UPPER exact"}});
}

TEST(route, the_query_is_not_looked_at) {
  expect_rows({{"/v1/providers/p?workspace_id=w", "record provider p exact"},
               {"/v1/providers/p?", "record provider p exact"},
               {"/v1/providers/p?x=%zz/../integrations/i\\#;", "record provider p exact"},
               {"/v1/providers?workspace_id=/p", "list provider"},
               {"?/v1/providers/p", "opaque"}});
}

TEST(route, slashes_too_many_are_what_sdks_send) {
  expect_rows({{"/v1//virtual-keys/x", "record virtual_key x exact"},
               {"//v1///virtual-keys////x//", "record virtual_key x exact"},
               {"/v1/virtual-keys/x/", "record virtual_key x exact"},
               {"/v1/virtual-keys/", "list virtual_key"},
               {"/v1/virtual-keys//", "list virtual_key"},
               {"/v1/virtual-keys", "list virtual_key"},
               {"/v2/integrations/?organisation_id=o", "list integration"}});
}

TEST(route, escaped_slugs_are_decoded) {
  expect_rows({{"/v1/virtual-keys/a%20b", "record virtual_key a b exact"},
               {"/v1/virtual-keys/%C3%BC", "record virtual_key \xC3\xBC exact"},
               {"/v1/virtual-keys/%c3%bc%3Fx=1", "record virtual_key \xC3\xBC?x=1 exact"},
               {"/v1/virtual-keys/%FF%FE", "record virtual_key \xFF\xFE exact"},
               {"/v1/virtual-keys/a+b", "record virtual_key a+b exact"},
               {"/v1/virtual-keys/%61", "record virtual_key a exact"}});
}

TEST(route, a_slug_may_be_called_like_a_kind) {
  expect_rows({{"/v1/virtual-keys/providers", "record virtual_key providers exact"},
               {"/providers/providers", "record provider providers exact"},
               {"/v1/integrations/policies", "record integration policies exact"},
               {"/v1/integrations/models", "record integration models exact"}});
}

TEST(route, sub_resources_are_no_lookups) {
  expect_rows({{"/v1/integrations/x/workspaces", "sub_resource integration x workspaces"},
               {"/v1/integrations/x/Models/", "sub_resource integration x models"},
               {"/v1/integrations/x/models/y", "sub_resource integration x models/y"},
               {"/v1/integrations/x/m%6Fdels?slugs=a,b", "sub_resource integration x models"}});
}

TEST(route, writes_are_found_under_any_prefix_and_in_any_case) {
  expect_rows({{"/admin/workspaces/W/providers/P", "record provider P"},
               {"/v1/admin/workspaces/W/virtual-keys", "list virtual_key"},
               {"/some/gateway/v1/integrations/X", "record integration X"},
               {"/some/gateway/v1/integrations/X/models", "sub_resource integration X models"},
               {"/V1/Integrations/X", "record integration X"},
               {"/v1/INTEGRATIONS", "list integration"},
               {"/v3/virtual-keys/x", "record virtual_key x"},
               {"/v1/virtual%2Dkeys/x", "record virtual_key x"},
               {"/%76%31/providers/x", "record provider x"}});
}

TEST(route, what_records_depend_on_beside_themselves) {
  expect_rows({{"/v1/policies/usage-limits/u", "policy"},
               {"/policies", "policy"},
               {"/v1/Policies/rate-limits/r/entities/e/reset", "policy"},
               {"/v1/admin/workspaces", "workspace"},
               {"/admin/workspaces/", "workspace"},
               {"/admin/workspaces/W", "workspace"},
               {"/v1/ADMIN/Workspaces/W/users/u", "workspace"},
               {"/admin/workspaces/W/policies/usage-limits", "policy"},
               {"/v1/api-keys/k/rotate", "api_key k rotate"},
               {"/v2/api-keys/self/details?include_workspace=true", "api_key self details"},
               {"/admin/workspaces/W/api-keys", "api_key"}});
}

TEST(route, all_else_is_other) {
  expect_rows({{"/", "other"},
               {"//", "other"},
               {"*", "other"},
               {"/v1/collections/c", "other"},
               {"/v1/mcp-integrations/i", "other"},
               {"/v1/integrationsx/i", "other"},
               {"/workspaces/w", "other"},
               {"/admin/x/workspaces", "other"},
               {"/v1/labels/.../versions", "other"},
               {"/dp/metrics", "other"}});
}

TEST(route, a_path_that_can_be_read_in_two_ways_is_opaque) {
  expect_rows({{"/v1/integrations/../providers/x", "opaque"},
               {"/v1/integrations/.", "opaque"},
               {"/v1/integrations/./x", "opaque"},
               {"/..", "opaque"},
               {"/v1/integrations/%2e%2E/providers/x", "opaque"},
               {"/v1/integrations/.%2e", "opaque"},
               {"/v1/integrations/%2E", "opaque"},
               {"/v1/integrations/a%2Fb", "opaque"},
               {"/v1/integrations/a%2fb", "opaque"},
               {"/v1%2Fintegrations/a", "opaque"},
               {"/v1/integrations/a%5Cb", "opaque"},
               {"/v1/integrations/a%5cb", "opaque"},
               {"/v1/integrations\\a", "opaque"},
               {"/v1/integrations/a%00", "opaque"},
               {"/v1/integrations/a%0d%0aHost:", "opaque"},
               {"/v1/integrations/a%7f", "opaque"},
               {"/v1/integrations/a%252Fb", "opaque"},
               {"/v1/integrations/a%", "opaque"},
               {"/v1/integrations/a%4", "opaque"},
               {"/v1/integrations/a%4g", "opaque"},
               {"/v1/integrations/a%g4", "opaque"},
               {"/v1/integrations/a% 4", "opaque"},
               {"/v1/integrations/a b", "opaque"},
               {"/v1/integrations/a#b", "opaque"},
               {"/v1/integrations/..;/providers/x", "opaque"},
               {"/v1/integrations;v=1/x", "opaque"},
               {"/v1/integrations/\xC3\xBC", "opaque"},
               {"/v1/integrations/a\tb", "opaque"},
               {"/v1/configs/../integrations", "opaque"},
               {"", "opaque"},
               {"v1/integrations/x", "opaque"},
               {"http://elsewhere/v1/integrations/x", "opaque"},
               {std::string_view("/v1/integrations/a\0b", 20), "opaque"}});
}

TEST(route, two_words_that_could_each_be_the_kind_are_opaque) {
  expect_rows({{"/v1/integrations/providers/models", "opaque"},
               {"/gateway/virtual-keys/providers", "opaque"},
               {"/v1/policies/usage-limits/providers", "opaque"},
               {"/v1/api-keys/integrations", "opaque"},
               {"/admin/workspaces/providers", "opaque"},
               {"/admin/workspaces/providers/providers/P", "opaque"},
               {"/v1/Integrations/Providers", "opaque"}});
}

TEST(route, long_paths_and_long_slugs) {
  const std::string slug(8000, 'x');
  EXPECT_EQ(describe(classify_target("/v1/providers/" + slug, prefixes)), "record provider " + slug + " exact");
  std::string deep;
  for (int i = 0; i < 25; ++i) deep += "/a";
  EXPECT_EQ(describe(classify_target(deep, prefixes)), "opaque") << "too deep to look through";
  EXPECT_EQ(describe(classify_target(std::string(8000, '/'), prefixes)), "other");
}

TEST(route, only_the_prefixes_given_make_a_lookup) {
  EXPECT_TRUE(classify_target("/albus/v2/providers/p", {"/albus/v2"}).exact);
  EXPECT_FALSE(classify_target("/v2/providers/p", {"/albus/v2"}).exact);
  EXPECT_FALSE(classify_target("/providers/p", {}).exact);
  EXPECT_FALSE(classify_target("/v1x/providers/p", prefixes).exact);
  EXPECT_FALSE(classify_target("/api/providers/p", prefixes).exact);
  EXPECT_FALSE(classify_target("/v1/v1/providers/p", prefixes).exact);
  EXPECT_FALSE(classify_target("/v1", {"/v1/providers"}).exact) << "a prefix longer than the path";
}

TEST(route, uuids_in_any_case) {
  EXPECT_TRUE(is_uuid("3fa85f64-5717-4562-b3fc-2c963f66afa6"));
  EXPECT_TRUE(is_uuid("3FA85F64-5717-4562-B3FC-2C963F66AFA6"));
  EXPECT_FALSE(is_uuid("3fa85f64-5717-4562-b3fc-2c963f66afa"));
  EXPECT_FALSE(is_uuid("3fa85f64-5717-4562-b3fc-2c963f66afa66"));
  EXPECT_FALSE(is_uuid("3fa85f64-5717-4562-b3fc-2c963f66afag"));
  EXPECT_FALSE(is_uuid("3fa85f645-717-4562-b3fc-2c963f66afa6"));
  EXPECT_FALSE(is_uuid("{fa85f64-5717-4562-b3fc-2c963f66afa}"));
  EXPECT_FALSE(is_uuid(""));
}

TEST(route, percent_decoding_overwrites_what_was_there) {
  std::string out = "before";
  EXPECT_TRUE(percent_decode("a%2Fb%00", out));
  EXPECT_EQ(out, std::string("a/b\0", 4));
  EXPECT_TRUE(percent_decode("", out));
  EXPECT_EQ(out, "");
  for (const auto* broken : {"%", "%1", "a%", "%%41", "%-1", "%+1", "%0x"}) EXPECT_FALSE(percent_decode(broken, out));
}

TEST(route, labels) {
  EXPECT_EQ(to_string(route_of(kind::integration)), "integrations");
  EXPECT_EQ(to_string(route_of(kind::virtual_key)), "virtual_keys");
  EXPECT_EQ(to_string(route_of(kind::provider)), "providers");
  EXPECT_EQ(to_string(route::other), "other");
}

void expect_data_rows(const std::vector<target_row>& rows) {
  for (const auto& [raw, is] : rows) EXPECT_EQ(describe(classify_target(raw, prefixes, plane_kind::data)), is) << raw;
}

TEST(route, the_data_plane_looks_up_more_kinds) {
  expect_data_rows({{"/v2/virtual-keys/vk?workspace_id=w", "record virtual_key vk exact"},
                    {"/v2/configs/pc-1", "record config pc-1 exact"},
                    {"/v2/prompts/p", "record prompt p exact"},
                    {"/v2/prompts/partials/p", "record prompt_partial p exact"},
                    {"/v2/guardrails/g", "record guardrail g exact"},
                    {"/v2/integrations/openai", "record integration openai exact"},
                    {"/v2/integrations/?organisation_id=o", "list integration exact"},
                    {"/v2/integrations", "list integration exact"},
                    {"/v2/api-keys/self/details?include_workspace=true", "api_key self details exact"}});
}

TEST(route, what_the_data_plane_passes) {
  expect_data_rows({{"/v2/prompts/partials", "list prompt_partial"},
                    {"/v2/prompts/Partials", "list prompt_partial"},
                    {"/v2/virtual-keys", "list virtual_key"},
                    {"/v2/configs/pc-1/versions", "sub_resource config pc-1 versions"},
                    {"/v2/api-keys/self", "api_key self"},
                    {"/v2/api-keys/other/details", "api_key other details"},
                    {"/other/configs/pc-1", "record config pc-1"},
                    {"/dp/metrics", "other"},
                    {"/v1/mcp/tokens/x", "other"}});
}

TEST(route, the_admin_plane_looks_up_three_kinds_only) {
  expect_rows({{"/v2/configs/pc-1", "record config pc-1"},
               {"/v2/prompts/partials/p", "record prompt_partial p"},
               {"/v2/integrations/", "list integration"},
               {"/v2/api-keys/self/details", "api_key self details"}});
}

TEST(route, sync_and_resync_are_known_under_any_prefix) {
  expect_data_rows({{"/v1/organisation/o-1/sync/3?version=v1&identifier=i", "sync of o-1"},
                    {"/albus/v1/Organisation/o-1/SYNC/3/", "sync of o-1"},
                    {"/v1/organisation/o-1/resync", "resync of o-1"},
                    {"/v1/organisation/o-1/sync", "other"},
                    {"/v1/organisation/o-1/sync/3/more", "other"},
                    {"/v1/providers/organisation/o/sync/1", "opaque"}});
  expect_rows({{"/v1/organisation/o-1/sync/3", "sync of o-1"}});
}

TEST(route, a_value_of_the_query) {
  EXPECT_EQ(query_value("/x?organisation_id=o%2D1&workspace_id=w", "organisation_id"), "o-1");
  EXPECT_EQ(query_value("/x?a&workspace_id=w", "workspace_id"), "w");
  EXPECT_EQ(query_value("/x?workspace%5Fid=w", "workspace_id"), "w");
  EXPECT_EQ(query_value("/x?workspace_id=w&workspace_id=w", "workspace_id"), "w");
  EXPECT_EQ(query_value("/x?workspace_id=w&workspace_id=v", "workspace_id"), "") << "who knows which one counts";
  EXPECT_EQ(query_value("/x?workspace_id=%zz", "workspace_id"), "");
  EXPECT_EQ(query_value("/x?workspace_id", "workspace_id"), "");
  EXPECT_EQ(query_value("/x", "workspace_id"), "");
}

}  // namespace
}  // namespace sidecache::http
