// Purges: what each selector chooses, and that nothing older comes back.
#include <gtest/gtest.h>

#include "proxy/world.hpp"

namespace sidecache::tests {
namespace {

const std::string uuid = "3f2504e0-4f89-41d3-9a0c-0305e82c3301";

/// Two integrations, a provider of one of them, and a virtual key that says nothing of its parents; two credentials.
struct filled_world : world {
  filled_world() {
    origin.says("/v1/integrations/openai", record("integration", "openai", R"(,"id":")" + uuid + "\""));
    origin.says("/v1/integrations/azure", record("integration", "azure", R"(,"id":"0)" + uuid.substr(1) + "\""));
    origin.says("/v1/providers/mine", record("provider", "mine",
                                             R"(,"id":"1)" + uuid.substr(1) + R"(","integration_id":"openai",)" +
                                                 R"("workspace_id":"ws-1")"));
    origin.says("/v1/virtual-keys/old", record("virtual-key", "old", R"(,"id":"2)" + uuid.substr(1) + "\""));
    fill();
  }
  void fill() {
    for (const auto* t : targets) get(t);
    get(targets[0], key_b);
  }
  /// Which of the targets are in memory for the first credential, by their first letter after the kind; B: for the
  /// other.
  std::string held() {
    std::string out;
    core.for_each_entry([&](const cache::entry& e, std::uint8_t marks, std::string_view /*credential*/) {
      if (marks == 0) out += e.ident.front();
      return true;
    });
    std::ranges::sort(out);
    return out;
  }
  static constexpr std::array targets{"/v1/integrations/openai", "/v1/integrations/azure", "/v1/providers/mine",
                                      "/v1/virtual-keys/old"};
};

TEST(purge, by_slug_drops_it_for_every_credential) {
  filled_world w;
  ASSERT_EQ(w.held(), "amooo");
  EXPECT_EQ(w.core.purge({.slug = "openai"}), 2U);
  EXPECT_EQ(w.held(), "amo");
  EXPECT_EQ(w.get("/v1/integrations/openai").outcome, outcome::miss);
}

TEST(purge, a_kind_narrows_and_alone_takes_them_all) {
  filled_world w;
  EXPECT_EQ(w.core.purge({.kind = records::kind::provider, .slug = "openai"}), 0U);
  EXPECT_EQ(w.core.purge({.kind = records::kind::provider}), 1U);
  EXPECT_EQ(w.held(), "aooo");
  EXPECT_EQ(w.core.purge({.kind = records::kind::integration}), 3U);
  EXPECT_EQ(w.held(), "o");
}

TEST(purge, by_uuid_in_any_case) {
  filled_world w;
  EXPECT_EQ(w.core.purge({.uuid = "3F2504E0-4F89-41D3-9A0C-0305E82C3301"}), 2U);
  EXPECT_EQ(w.held(), "amo");
}

TEST(purge, by_integration_takes_what_hangs_on_it_and_what_may) {
  filled_world w;
  EXPECT_EQ(w.core.purge({.integration = "openai"}), 4U) << "the key does not say whose it is";
  EXPECT_EQ(w.held(), "a");
}

TEST(purge, by_credential) {
  filled_world w;
  const http::credential_view who{.authorization = {}, .api_key = "key-b", .state = http::credential_state::present};
  EXPECT_EQ(w.core.purge({.partition = w.core.partition_of(who)}), 1U);
  EXPECT_EQ(w.held(), "amoo");
}

TEST(purge, by_workspace_takes_what_does_not_say_whose_it_is) {
  filled_world w;
  EXPECT_EQ(w.core.purge({.kind = records::kind::provider, .workspace = "ws-2"}), 0U);
  EXPECT_EQ(w.core.purge({.kind = records::kind::provider, .workspace = "ws-1"}), 1U);
  EXPECT_EQ(w.core.purge({.workspace = "ws-1"}), 4U) << "none of the others says";
}

TEST(purge, of_everything_takes_negatives_too) {
  filled_world w;
  w.get("/v1/integrations/nobody");
  EXPECT_EQ(w.core.purge({}), 6U);
  EXPECT_EQ(w.held(), "");
}

TEST(purge, a_soft_one_keeps_what_may_stand_in_during_an_outage) {
  filled_world w;
  EXPECT_EQ(w.core.purge({.slug = "openai", .soft = true}), 2U);
  w.origin.says("/v1/integrations/openai", {.status = 500});
  w.origin.fails("/v1/integrations/openai", proxy::failure_kind::connect);
  EXPECT_EQ(w.get("/v1/integrations/openai").outcome, outcome::stale_error);
  w.origin.says("/v1/integrations/openai", record("integration", "openai"));
  EXPECT_EQ(w.get("/v1/integrations/openai").outcome, outcome::miss);
}

TEST(purge, what_is_being_read_meanwhile_is_not_stored) {
  for (const cache::purge_order& order :
       {cache::purge_order{}, cache::purge_order{.slug = "openai"}, cache::purge_order{.uuid = uuid},
        cache::purge_order{.integration = uuid}, cache::purge_order{.workspace = "w"},
        cache::purge_order{.kind = records::kind::integration}}) {
    world w;
    w.origin.says("/v1/integrations/openai", record("integration", "openai"));
    w.origin.hold("/v1/integrations/openai");
    const auto before = w.start("GET", "/v1/integrations/openai");
    w.core.purge(order);
    w.origin.release("/v1/integrations/openai");
    w.run();
    EXPECT_EQ(before->got().status, 200U);
    EXPECT_EQ(w.get("/v1/integrations/openai").outcome, outcome::miss);
  }
}

}  // namespace
}  // namespace sidecache::tests
