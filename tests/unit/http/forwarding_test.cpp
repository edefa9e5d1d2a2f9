// Via, Max-Forwards and X-Forwarded-For of requests on their way up.
#include "http/forwarding.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "unit/http/samples.hpp"

namespace sidecache::http {
namespace {

constexpr std::string_view own = "sidecache-0011223344556677";

fields with(const std::vector<std::pair<std::string, std::string>>& lines) {
  fields out;
  for (const auto& [name, value] : lines) out.add(name, value);
  return out;
}

TEST(via, says_who_passed_it_on_and_what_it_came_by) {
  fields request;
  append_via(request, 11, own);
  EXPECT_EQ(text(request), "Via: 1.1 sidecache-0011223344556677\r\n");
  fields older;
  append_via(older, 10, own);
  EXPECT_EQ(text(older), "Via: 1.0 sidecache-0011223344556677\r\n");
}

TEST(via, keeps_what_came_in_its_order) {
  fields request = with({{"Via", "1.0 a, 1.1 b (x)"}, {"Accept", "*/*"}, {"via", "2 c"}});
  append_via(request, 11, own);
  EXPECT_EQ(text(request), "Accept: */*\r\nVia: 1.0 a, 1.1 b (x), 2 c, 1.1 sidecache-0011223344556677\r\n");
}

TEST(via, knows_itself_and_nobody_else) {
  for (const auto* yes : {"1.1 sidecache-0011223344556677", "1.0 a, 1.1 sidecache-0011223344556677, 1.1 b",
                          "HTTP/1.1 SideCache-0011223344556677", "1.1\tsidecache-0011223344556677 (a, b)",
                          "1.1 a (unclosed \\), 1.1 b) , 1.1   sidecache-0011223344556677"})
    EXPECT_TRUE(has_passed(with({{"Via", "1.1 edge"}, {"VIA", yes}}), own)) << yes;
  for (const auto* no : {"", ",", "1.1", "sidecache-0011223344556677", "1.1 sidecache-0011223344556678",
                         "1.1 sidecache-00112233445566770", "1.1 sidecache-0011223344556677:80",
                         "1.1 xsidecache-0011223344556677", "1.1 a (see 1.1 b, 1.1 sidecache-0011223344556677)"})
    EXPECT_FALSE(has_passed(with({{"Via", no}}), own)) << no;
  EXPECT_FALSE(has_passed(with({{"X-Via", "1.1 sidecache-0011223344556677"}}), own));
}

TEST(via, a_comment_that_is_never_closed_hides_nothing) {
  for (const auto* opened : {"1.1 a (", "1.1 a (\\", "1.1 a ((b)", "1.1 a (\\)", "1.1 a )("}) {
    fields request = with({{"Via", opened}});
    append_via(request, 11, own);
    EXPECT_TRUE(has_passed(request, own)) << opened << ": a client must not be able to make a loop go on";
  }
  EXPECT_TRUE(has_passed(with({{"Via", "1.1 a (, 1.1 sidecache-0011223344556677, 1.1 c (d)"}}), own));
}

TEST(max_forwards, is_a_number_that_is_counted_down) {
  EXPECT_EQ(forwards_left(with({})), std::nullopt);
  EXPECT_EQ(forwards_left(with({{"max-forwards", "0"}})), 0U);
  EXPECT_EQ(forwards_left(with({{"Max-Forwards", "007"}})), 7U);
  for (const auto* no : {"", "-1", "+1", "1.5", "one", "1, 2"})
    EXPECT_EQ(forwards_left(with({{"Max-Forwards", no}})), std::nullopt) << no;
  const auto spent = [](const char* before) {
    fields request = with({{"Max-Forwards", before}});
    spend_forward(request);
    return std::string(request.find("Max-Forwards").value_or("gone"));
  };
  EXPECT_EQ(spent("10"), "9");
  EXPECT_EQ(spent("1"), "0");
  EXPECT_EQ(spent("0"), "0");
  EXPECT_EQ(spent("many"), "many");
  EXPECT_EQ(spent("99999999999999999999999"), "18446744073709551614") << "the most that can be counted, less one";
}

TEST(x_forwarded_for, grows_at_its_end) {
  fields request;
  append_forwarded_for(request, "");
  EXPECT_TRUE(request.empty());
  append_forwarded_for(request, "10.0.0.9");
  append_forwarded_for(request, "2001:db8::1");
  EXPECT_EQ(text(request), "X-Forwarded-For: 10.0.0.9, 2001:db8::1\r\n");
}

}  // namespace
}  // namespace sidecache::http
