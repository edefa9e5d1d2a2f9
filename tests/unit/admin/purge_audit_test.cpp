// What the audit says of a purge: names where they were found, a fingerprint where they may be anything.
#include "admin/purge_audit.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sidecache::admin {
namespace {

std::string told(const purge_request& order, std::size_t dropped) {
  const auto text = audit_of(order, dropped, "10.0.0.7", [](const http::credential_view& who) {
                      EXPECT_EQ(who.state, http::credential_state::present);
                      return "<" + std::string(who.authorization) + "|" + std::string(who.api_key) + ">";
                    }).text();
  const std::string begins = "audit action=purge by=admin outcome=done from=\"10.0.0.7\" ";
  EXPECT_EQ(text.substr(0, begins.size()), begins);
  return text.substr(std::min(text.size(), begins.size()));
}

TEST(purge_audit, names_what_was_dropped) {
  EXPECT_EQ(told({.slug = "openai"}, 3), "mode=hard slug=\"openai\" dropped=3");
  EXPECT_EQ(
      told({.plane = "data", .kind = records::kind::virtual_key, .slug = "a", .workspace = "ws", .soft = true}, 1),
      "mode=soft kind=virtual_keys plane=\"data\" slug=\"a\" workspace=\"ws\" dropped=1");
  EXPECT_EQ(told({.uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301", .integration = "i"}, 2),
            "mode=hard uuid=\"3f2504e0-4f89-41d3-9a0c-0305e82c3301\" integration=\"i\" dropped=2");
  EXPECT_EQ(told({.all = true}, 0), "mode=hard all=true dropped=0");
}

TEST(purge_audit, shows_no_value_that_nothing_held_has) {
  EXPECT_EQ(told({.slug = "sk-abc"}, 0), "mode=hard slug_unknown=<|sk-abc> dropped=0");
  EXPECT_EQ(told({.plane = "data", .uuid = "u", .integration = "i", .workspace = "w"}, 0),
            "mode=hard plane=\"data\" uuid_unknown=<|u> integration_unknown=<|i> workspace_unknown=<|w> dropped=0");
}

TEST(purge_audit, shows_a_credential_by_its_fingerprint_alone) {
  purge_request order{.slug = "openai"};
  order.authorization = secret("Bearer t");
  order.api_key = secret("k");
  EXPECT_EQ(told(order, 1), "mode=hard slug=\"openai\" credential=<Bearer t|k> dropped=1");
}

TEST(purge_audit, is_one_line_of_bounded_length_whatever_was_held) {
  const std::string text = told({.slug = "a\" dropped=9" + std::string(9000, 'x')}, 1);
  EXPECT_TRUE(text.starts_with("mode=hard slug=\"a' dropped=9xx")) << "no value passes for a field";
  EXPECT_LT(text.size(), 400U);
}

}  // namespace
}  // namespace sidecache::admin
