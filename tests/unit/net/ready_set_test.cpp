// Who is told of what arrives, and that nobody is told who left.
#include "net/ready_set.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sidecache::net {
namespace {

using std::chrono_literals::operator""s;

/// One end of a pair of sockets; the other is the test's.
struct watched final : ready_set::member {
  watched() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  watched(const watched&) = delete;
  watched& operator=(const watched&) = delete;
  ~watched() {
    for (const int end : ends)
      if (end >= 0) ::close(end);
  }
  void told(bool ended) override {
    times.push_back(ended);
    if (then) then();
  }
  void forsaken() override { left_alone = true; }
  void arrives(std::string_view bytes) const { EXPECT_EQ(::write(ends[1], bytes.data(), bytes.size()), bytes.size()); }
  [[nodiscard]] int descriptor() const { return ends[0]; }
  void take_all() const {
    std::array<char, 64> bytes{};
    while (::read(ends[0], bytes.data(), bytes.size()) > 0) {
    }
  }

  std::array<int, 2> ends{-1, -1};
  std::vector<bool> times;
  std::function<void()> then;
  bool left_alone = false;
};

struct ready_set_test : testing::Test {
  void look() {
    context.restart();
    context.poll();
  }
  asio::io_context context{1};
  ready_set set{context};
};

TEST_F(ready_set_test, what_was_there_before_and_what_comes_is_told_once) {
  watched one;
  one.arrives("early");
  ASSERT_FALSE(set.add(one.descriptor(), one));
  look();
  EXPECT_EQ(one.times, std::vector<bool>{false});
  look();
  EXPECT_EQ(one.times.size(), 1U) << "nothing came since, though it was not taken either";
  one.take_all();
  one.arrives("more");
  look();
  EXPECT_EQ(one.times.size(), 2U);
  set.remove(one.descriptor(), one);
}

TEST_F(ready_set_test, an_end_is_told_as_one) {
  watched one;
  ASSERT_FALSE(set.add(one.descriptor(), one));
  one.arrives("last words");
  ::close(std::exchange(one.ends[1], -1));
  look();
  EXPECT_EQ(one.times, std::vector<bool>{true});
  set.remove(one.descriptor(), one);
}

TEST_F(ready_set_test, more_than_a_turn_takes_are_all_told) {
  std::vector<std::unique_ptr<watched>> many;
  for (int i = 0; i < 200; ++i) {
    many.push_back(std::make_unique<watched>());
    many.back()->arrives("x");
    ASSERT_FALSE(set.add(many.back()->descriptor(), *many.back()));
  }
  look();
  for (const auto& each : many) {
    EXPECT_EQ(each->times.size(), 1U);
    set.remove(each->descriptor(), *each);
  }
}

TEST_F(ready_set_test, who_was_removed_is_not_told_in_the_turn_under_way_either) {
  std::array<watched, 3> all;
  for (auto& each : all) {
    ASSERT_FALSE(set.add(each.descriptor(), each));
    each.arrives("x");
    each.then = [&] {  // whoever is first removes the others
      for (auto& other : all)
        if (&other != &each && other.is_linked()) set.remove(other.descriptor(), other);
    };
  }
  look();
  EXPECT_EQ(all[0].times.size() + all[1].times.size() + all[2].times.size(), 1U);
  for (auto& each : all)
    if (each.is_linked()) set.remove(each.descriptor(), each);
}

TEST_F(ready_set_test, who_comes_back_is_told_again) {
  watched one;
  ASSERT_FALSE(set.add(one.descriptor(), one));
  set.remove(one.descriptor(), one);
  one.arrives("x");
  look();
  EXPECT_TRUE(one.times.empty());
  ASSERT_FALSE(set.add(one.descriptor(), one));
  look();
  EXPECT_EQ(one.times.size(), 1U);
  set.remove(one.descriptor(), one);
}

TEST_F(ready_set_test, what_can_t_be_watched_is_no_member) {
  watched one;
  EXPECT_TRUE(set.add(-1, one));
  EXPECT_FALSE(one.is_linked());
}

TEST_F(ready_set_test, what_comes_does_not_wait_for_all_that_was_ready_before) {
  watched one;
  ASSERT_FALSE(set.add(one.descriptor(), one));
  look();
  int ran = 0;
  int ran_before_it_was_told = 0;
  one.then = [&] { ran_before_it_was_told = ran; };
  for (int i = 0; i < 100; ++i) {
    asio::post(context, [&] {
      ++ran;
      set.give_way();
    });
  }
  one.arrives("?");
  look();
  EXPECT_EQ(ran, 100);
  EXPECT_LE(ran_before_it_was_told, 3);
  EXPECT_EQ(one.times.size(), 1U);
  set.remove(one.descriptor(), one);
}

/// How often members that are asked again at once were told before others on the thread had their turn.
std::size_t told_before_others(asio::io_context& context, ready_set& set, std::size_t count) {
  std::vector<std::unique_ptr<watched>> many;
  std::size_t told = 0;
  std::size_t told_before = 0;
  for (std::size_t i = 0; i < count; ++i) {
    watched& each = *many.emplace_back(std::make_unique<watched>());
    each.then = [&] {
      if (told++ == 0) asio::post(context, [&] { told_before = told; });
      each.take_all();
      if (each.times.size() < 10) each.arrives("?");
    };
    EXPECT_FALSE(set.add(each.descriptor(), each));
    each.arrives("?");
  }
  context.restart();
  context.poll();
  for (const auto& each : many) {
    EXPECT_EQ(each->times.size(), 10U);
    set.remove(each->descriptor(), *each);
  }
  return told_before;
}

TEST_F(ready_set_test, where_several_are_ready_it_looks_again_but_not_for_ever) {
  EXPECT_EQ(told_before_others(context, set, 2), 2 * 10U) << "as often as they are asked";
  EXPECT_EQ(told_before_others(context, set, 20), 4 * 20U) << "until a turn's worth of them, 64, had theirs";
}

TEST_F(ready_set_test, where_one_is_ready_others_come_next) { EXPECT_EQ(told_before_others(context, set, 1), 1U); }

TEST_F(ready_set_test, a_time_that_was_read_holds_for_the_next_in_the_turn_and_no_longer) {
  watched one;
  watched other;
  std::vector<mono_time> seen;
  const mono_time read{5s};
  one.then = other.then = [&] {
    seen.push_back(set.time());
    if (seen.size() != 2) set.done_at(read);
  };
  for (watched* each : {&one, &other}) {
    ASSERT_FALSE(set.add(each->descriptor(), *each));
    each->arrives("?");
  }
  look();
  EXPECT_EQ(seen, (std::vector<mono_time>{{}, read}));
  for (watched* each : {&one, &other}) each->arrives("?");
  look();
  EXPECT_EQ(seen, (std::vector<mono_time>{{}, read, {}, read})) << "a turn begins without";
  set.done_at(read);
  EXPECT_EQ(set.time(), mono_time{}) << "nobody is told of anything now";
  for (watched* each : {&one, &other}) set.remove(each->descriptor(), *each);
}

/// Joins the others whenever it is told, and writes down each step. Reads a byte and writes its name, twice.
struct joining final : ready_set::member {
  joining(ready_set& where, char called, std::string& to) : set(where), name(called), steps(to) {
    EXPECT_FALSE(set.add(own.descriptor(), *this));
    own.arrives("?");
  }
  joining(const joining&) = delete;
  joining& operator=(const joining&) = delete;
  ~joining() {
    if (is_linked()) set.remove(own.descriptor(), *this);
  }
  void step(char what, const std::function<void()>& does) {
    steps.append({what, name, ' '});
    if (does) does();
  }
  void told(bool /*ended*/) override {
    place = set.next_place();
    set.join(*this, {.descriptor = own.descriptor(), .into = &got, .most = 1});
    step('t', in_told);
  }
  std::optional<ready_set::to_write> prepare(std::size_t at, transferred what) override {
    EXPECT_EQ(at, place);
    read = what;
    step('p', in_prepare);
    if (!wants_more) return std::nullopt;
    return ready_set::to_write{.descriptor = own.descriptor(), .first = {&name, 1}, .second = behind};
  }
  void finish(std::size_t at, transferred what) override {
    EXPECT_EQ(at, place);
    written = what;
    step('f', in_finish);
  }
  /// What the other end has got.
  [[nodiscard]] std::string answer() const {
    std::array<char, 16> bytes{};
    const auto size = ::recv(own.ends[1], bytes.data(), bytes.size(), MSG_DONTWAIT);
    return {bytes.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  void forsaken() override {}

  ready_set& set;
  char name;
  std::string& steps;
  watched own;
  std::size_t place = 99;
  bool wants_more = true;
  std::string_view behind = {};
  char got = 0;
  transferred read{99, 0};
  transferred written{99, 0};
  std::function<void()> in_told;
  std::function<void()> in_prepare;
  std::function<void()> in_finish;
};

TEST_F(ready_set_test, who_joins_takes_each_step_with_the_others) {
  std::string steps;
  joining a(set, 'a', steps);
  joining b(set, 'b', steps);
  joining c(set, 'c', steps);
  b.wants_more = false;
  look();
  EXPECT_EQ(steps, "ta tb tc pa pb pc fa fc ");
  steps.clear();
  c.own.take_all();
  c.own.arrives("?");
  look();
  EXPECT_EQ(steps, "tc pc fc ");
}

TEST_F(ready_set_test, what_they_are_to_read_and_write_is_read_and_written_for_all) {
  std::string steps;
  joining a(set, 'a', steps);
  joining b(set, 'b', steps);
  joining c(set, 'c', steps);
  b.behind = "ody";
  c.wants_more = false;
  std::string seen_in_prepare;
  std::string seen_in_finish;
  b.in_prepare = [&] { seen_in_prepare = a.answer(); };
  a.in_finish = [&] { seen_in_finish = b.answer(); };
  look();
  EXPECT_EQ(a.got, '?');
  EXPECT_EQ(a.read.size, 1U);
  EXPECT_EQ(b.read.size, 1U);
  EXPECT_EQ(seen_in_prepare, "") << "nothing is written before all have prepared";
  EXPECT_EQ(seen_in_finish, "body") << "all is written before the first is told so";
  EXPECT_EQ(a.answer(), "a");
  EXPECT_EQ(a.written.size, 1U);
  EXPECT_EQ(b.written.size, 4U);
  EXPECT_EQ(c.answer(), "");
}

TEST_F(ready_set_test, what_could_not_be_read_or_written_is_told_with_its_error) {
  std::string steps;
  joining nothing_there(set, 'n', steps);
  joining ended(set, 'e', steps);
  joining gone(set, 'g', steps);
  nothing_there.in_told = [&] { nothing_there.own.take_all(); };
  ended.own.take_all();
  ::close(std::exchange(ended.own.ends[1], -1));
  gone.in_prepare = [&] { ::close(std::exchange(gone.own.ends[1], -1)); };
  look();
  EXPECT_EQ(nothing_there.read.size, 0U);
  EXPECT_EQ(nothing_there.read.error, EAGAIN);
  EXPECT_EQ(ended.read.size, 0U);
  EXPECT_EQ(ended.read.error, 0) << "the end is no error";
  EXPECT_EQ(gone.written.size, 0U);
  EXPECT_EQ(gone.written.error, EPIPE);
}

TEST_F(ready_set_test, who_does_not_join_is_done_before_the_others_go_on) {
  std::string steps;
  joining a(set, 'a', steps);
  watched other;
  other.then = [&] { steps += "other "; };
  other.arrives("?");
  ASSERT_FALSE(set.add(other.descriptor(), other));
  joining b(set, 'b', steps);
  look();
  EXPECT_EQ(steps, "ta other tb pa pb fa fb ");
  set.remove(other.descriptor(), other);
}

TEST_F(ready_set_test, a_batch_that_is_full_goes_on_before_the_next_is_told) {
  std::string steps;
  std::vector<std::unique_ptr<joining>> many;
  for (std::size_t i = 0; i < ready_set::most_joined + 2; ++i)
    many.push_back(std::make_unique<joining>(set, static_cast<char>('a' + i), steps));
  look();
  EXPECT_EQ(steps,
            "ta tb tc td te tf tg th pa pb pc pd pe pf pg ph fa fb fc fd fe ff fg fh "
            "ti tj pi pj fi fj ");
}

TEST_F(ready_set_test, who_was_removed_takes_no_further_step) {
  std::string steps;
  std::array<std::unique_ptr<joining>, 5> all;
  for (std::size_t i = 0; i < all.size(); ++i)
    all[i] = std::make_unique<joining>(set, static_cast<char>('a' + i), steps);
  all[0]->in_prepare = [&] { all[1].reset(); };
  all[2]->in_prepare = [&] { set.remove(all[2]->own.descriptor(), *all[2]); };
  all[3]->in_finish = [&] { all[4].reset(); };
  look();
  EXPECT_EQ(steps, "ta tb tc td te pa pc pd pe fa fd ");
  EXPECT_EQ(all[2]->answer(), "") << "it left before anything was written";
}

TEST_F(ready_set_test, a_time_holds_for_the_next_in_a_step_too) {
  std::string steps;
  joining a(set, 'a', steps);
  joining b(set, 'b', steps);
  joining c(set, 'c', steps);
  std::vector<mono_time> seen;
  const auto sees = [&](mono_time says) {
    return [&, says] {
      seen.push_back(set.time());
      if (says != mono_time{}) set.done_at(says);
    };
  };
  a.in_prepare = sees(mono_time{5s});
  b.in_prepare = sees(mono_time{5s});
  c.in_prepare = sees({});
  a.in_finish = [&] {
    seen.push_back(set.time());
    set.done_at(set.time());
  };
  b.in_finish = sees({});
  c.in_finish = sees({});
  const auto before = std::chrono::steady_clock::now();
  look();
  const auto after = std::chrono::steady_clock::now();
  ASSERT_EQ(seen.size(), 6U);
  EXPECT_EQ(std::vector(seen.begin(), seen.begin() + 3), (std::vector<mono_time>{{}, mono_time{5s}, mono_time{5s}}));
  EXPECT_GE(seen[3], before) << "when the set had written";
  EXPECT_LE(seen[3], after);
  EXPECT_EQ(seen[4], seen[3]);
  EXPECT_EQ(seen[5], mono_time{}) << "whoever was before did not say that it had nothing else to do";
}

TEST_F(ready_set_test, members_that_are_left_are_told_when_it_goes) {
  watched one;
  auto own = std::make_unique<ready_set>(context);
  ASSERT_FALSE(own->add(one.descriptor(), one));
  own.reset();
  EXPECT_TRUE(one.left_alone);
  look();
  EXPECT_TRUE(one.times.empty());
}

}  // namespace
}  // namespace sidecache::net
