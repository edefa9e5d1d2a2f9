// What shadow says is what `on` would have said: two proxies live through the same story, one of which answers and one
// of which is in shadow. Of each lookup the one that is in shadow must give the control plane's own answer, and note
// what the other has just done; and whenever it is put on, it must answer as the other does, to the letter.
#include <gtest/gtest.h>

#include "base/random_source.hpp"
#include "proxy/changing.hpp"

namespace sidecache::tests {
namespace {

using proxy::mode;
using proxy::shadow_result;

const std::vector<std::string> slugs{"one", "two", "three"};
const std::vector<header_list> askers{key_a, key_b};

struct twins {
  explicit twins(std::uint64_t seed) : chance(seed) {
    put(shadow, mode::shadow);
    for (const auto& slug : slugs) becomes(slug, {.body = record("integration", slug, R"(,"n":0)")});
  }

  static std::string path(const std::string& slug) { return "/v1/integrations/" + slug; }
  bool one_in(std::uint32_t n) { return chance.one_in(n); }
  template <class T>
  const T& any(const std::vector<T>& of) {
    return of[chance.below(static_cast<std::uint32_t>(of.size()))];
  }

  /// From now on the control plane says so.
  void becomes(const std::string& slug, const scripted_answer& what) {
    truth[slug] = what;
    on.origin.says(path(slug), what);
    shadow.origin.says(path(slug), what);
  }
  void change(const std::string& slug) {
    const std::string n = std::to_string(++version);
    switch (chance.below(10)) {
      case 0:
        return becomes(slug, {.status = 404, .body = "{}"});
      case 1:
        return becomes(slug, {.status = one_in(2) ? 401U : 403U, .body = "{}"});
      case 2:
        return becomes(slug, {.status = 503, .body = "{}"});
      case 3:
        return becomes(slug, {.failure = proxy::failure{proxy::failure_kind::timeout, true, "scripted"}});
      case 4:
        return becomes(slug, {.status = 429, .body = "{}", .fields = {{"Retry-After", "3"}}});
      case 5:
        return becomes(slug, {.body = "<html>", .fields = {{"Content-Type", "text/html"}}});
      case 6:
      case 7:
      case 8:
        return becomes(slug, {.body = record("integration", slug, R"(,"reset_usage":)" + n)});
      default:
        return becomes(slug, {.body = record("integration", slug, R"(,"n":)" + n)});
    }
  }
  void write(const std::string& slug) {
    static const std::vector<unsigned> statuses{200, 200, 403, 500};
    const scripted_answer said{.status = any(statuses), .body = "{}"};
    for (world* const each : {&on, &shadow}) {
      each->origin.says("PUT " + path(slug), said);
      each->ask("PUT", path(slug), key_a, "{}");
    }
  }
  void pass_time() {
    static const std::vector<duration> spans{100ms, 1s, 5s, 9s, 28s, 31s, 2min};
    const duration by = any(spans);
    on.advance(by);
    shadow.advance(by);
  }
  void switch_over() {
    is_shadow = !is_shadow;
    put(shadow, is_shadow ? mode::shadow : mode::on);
  }

  proxy::shadow_tally tally() {
    const auto all = shadow.core.shadow().totals();
    return all.empty() ? proxy::shadow_tally{} : all.begin()->second;
  }
  static bool failing(const scripted_answer& what) {
    return what.failure || what.status >= 500 || what.status == 429 || what.body == "<html>";
  }
  static shadow_result expected(const received& of_memory, const scripted_answer& is) {
    using enum outcome;
    const outcome how = of_memory.outcome;
    if (how != hit && how != negative_hit && how != stale_while_revalidate && how != stale_error)
      return shadow_result::missed;
    if (failing(is)) return shadow_result::stood_in;
    if (of_memory.status != is.status) return shadow_result::wrong;
    if (of_memory.status != 200 || of_memory.body == is.body) return shadow_result::agreed;
    const bool only_usage =
        of_memory.body.find(R"("n":)") == std::string::npos && is.body.find(R"("n":)") == std::string::npos;
    return only_usage ? shadow_result::moved : shadow_result::wrong;
  }

  void look_up(const std::string& slug, const header_list& who) {
    const auto before = tally();
    const auto answered = on.get(path(slug), who);
    const auto shadowed = shadow.get(path(slug), who);
    if (!is_shadow) {
      EXPECT_EQ(shadowed.status, answered.status);
      EXPECT_EQ(shadowed.body, answered.body);
      EXPECT_EQ(shadowed.outcome, answered.outcome);
      EXPECT_EQ(shadowed.cache_status(), answered.cache_status());
      EXPECT_EQ(tally().asked(), before.asked());
      return;
    }
    const scripted_answer& is = truth.at(slug);
    EXPECT_EQ(shadowed.status, is.failure ? 504U : is.status);
    if (!is.failure) {
      EXPECT_EQ(shadowed.body, is.body);
    }
    const shadow_result wanted = expected(answered, is);
    EXPECT_EQ(tally().count(wanted), before.count(wanted) + 1)
        << "expected " << proxy::shadow_result_names[static_cast<std::size_t>(wanted)] << ", for memory said "
        << to_string(answered.outcome) << ' ' << answered.status << ' ' << answered.body;
    EXPECT_EQ(tally().asked(), before.asked() + 1);
    if (wanted != shadow_result::missed) saved_answers += 1;
  }

  int asked(world& of) {
    int all = 0;
    for (const auto& slug : slugs) all += of.origin.count(path(slug));
    return all;
  }

  random_source chance;
  std::map<std::string, scripted_answer> truth;
  int version = 0;
  bool is_shadow = true;
  int saved_answers = 0;
  world on;
  world shadow;
};

class shadow_twins : public testing::TestWithParam<std::uint64_t> {};

TEST_P(shadow_twins, live_the_same_life) {
  twins t(GetParam());
  for (int step = 0; step < 4000 && !HasFailure(); ++step) {
    SCOPED_TRACE(step);
    const auto& slug = t.any(slugs);
    switch (t.chance.below(16)) {
      case 0:
        t.change(slug);
        break;
      case 1:
        if (t.one_in(3)) t.write(slug);
        break;
      case 2:
      case 3:
        t.pass_time();
        break;
      case 4:
        if (t.one_in(8)) t.switch_over();
        break;
      case 5:
        if (t.one_in(8)) EXPECT_EQ(t.on.core.purge({.slug = slug}), t.shadow.core.purge({.slug = slug}));
        break;
      default:
        t.look_up(slug, t.any(askers));
    }
    EXPECT_EQ(t.shadow.core.figures().bytes, t.on.core.figures().bytes) << "they hold the same";
  }
  EXPECT_GT(t.saved_answers, 200) << "or nothing was tried";
  for (const auto what : {shadow_result::agreed, shadow_result::moved, shadow_result::wrong, shadow_result::stood_in,
                          shadow_result::missed})
    EXPECT_GT(t.tally().count(what), 0U) << proxy::shadow_result_names[static_cast<std::size_t>(what)];
  EXPECT_EQ(t.tally().count(shadow_result::overtaken), 0U) << "nothing is ever under way beside";
  EXPECT_GE(t.asked(t.shadow) - t.asked(t.on), static_cast<int>(t.tally().spared)) << "more: who was told to slow down";
}

INSTANTIATE_TEST_SUITE_P(seeds, shadow_twins, testing::Range<std::uint64_t>(1, 9));

}  // namespace
}  // namespace sidecache::tests
