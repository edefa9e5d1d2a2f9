// What is told to whoever started the process, and where that goes.
#include "app/notices.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>

namespace sidecache::app {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t before_path = offsetof(sockaddr_un, sun_path);

TEST(a_notify_address, is_a_path) {
  const auto read = read_notify_address("/run/systemd/notify");
  ASSERT_TRUE(read);
  EXPECT_STREQ(static_cast<const char*>(read->name.sun_path), "/run/systemd/notify");
  EXPECT_EQ(read->length, before_path + 19);
}

TEST(a_notify_address, is_a_name_in_the_abstract_space) {
  const auto read = read_notify_address("@manager");
  ASSERT_TRUE(read);
  EXPECT_EQ(std::string(static_cast<const char*>(read->name.sun_path), 8), std::string("\0manager", 8));
  EXPECT_EQ(read->length, before_path + 8) << "every byte counts";
}

TEST(a_notify_address, is_nothing_else) {
  for (const std::string& text : {std::string(), std::string("/"), std::string("@"), std::string("run/notify"),
                                  std::string("vsock:2:1"), std::string("/a\0b", 4), "/" + std::string(108, 'a')})
    EXPECT_FALSE(read_notify_address(text)) << text;
  EXPECT_TRUE(read_notify_address("/" + std::string(107, 'a'))) << "to the field's end";
}

TEST(a_notice, says_what_systemd_reads_and_one_line_for_people) {
  EXPECT_EQ(ready_notice("http://127.0.0.1:9400"), "READY=1\nSTATUS=serving http://127.0.0.1:9400");
  EXPECT_EQ(reloading_notice(mono_time(1234567us)),
            "RELOADING=1\nMONOTONIC_USEC=1234567\nSTATUS=reading its settings anew");
  EXPECT_EQ(reloaded_notice("x", true), ready_notice("x"));
  EXPECT_EQ(reloaded_notice("x", false), "READY=1\nSTATUS=serving x; the last reload was refused, the log says why");
  EXPECT_TRUE(stopping_notice().starts_with("STOPPING=1\n"));
}

TEST(a_notice, has_no_assignment_from_a_path) {
  EXPECT_EQ(ready_notice("unix:/a\nMAINPID=1"), "READY=1\nSTATUS=serving unix:/a?MAINPID=1");
}

}  // namespace
}  // namespace sidecache::app
