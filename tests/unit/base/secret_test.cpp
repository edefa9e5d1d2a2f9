// Promise 8: bytes of credentials do not outlive their use.
//
// Looks at memory as it is freed by replacing operator delete, which ThreadSanitizer wants to do itself: not in its
// builds. There are no threads here.
#if !__has_feature(thread_sanitizer)

#include "base/secret.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace {

/// What the memory at `watched` held when it was freed: looked at by the test program's own operator delete, because
/// reading it later would be reading freed memory.
const void* watched = nullptr;
std::array<char, 16> seen_at_free{};

void release(void* at) noexcept {
  if (at != nullptr && at == watched) {
    std::memcpy(seen_at_free.data(), at, seen_at_free.size());
    watched = nullptr;
  }
  std::free(at);
}

}  // namespace

void* operator new(std::size_t size) {
  if (void* at = std::malloc(size < 16 ? 16 : size)) return at;
  throw std::bad_alloc();
}
void operator delete(void* at) noexcept { release(at); }
void operator delete(void* at, std::size_t /*size*/) noexcept { release(at); }

namespace sidecache {
namespace {

/// A place whose bytes can still be looked at after the object in it has ended.
template <class T>
struct place {
  alignas(T) std::array<std::byte, sizeof(T)> bytes{};
  template <class... Arguments>
  T* make(Arguments&&... arguments) {
    return new (bytes.data()) T(std::forward<Arguments>(arguments)...);
  }
  [[nodiscard]] bool holds(std::string_view text) const {
    return std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()).contains(text);
  }
};

TEST(secret, short_bytes_are_wiped_from_the_object_itself) {
  place<secret> at;
  auto* held = at.make("s3cr3t-key");
  ASSERT_TRUE(at.holds("s3cr3t-key")) << "else this test looks in the wrong place";
  held->~secret();
  EXPECT_FALSE(at.holds("cr3t-key"));
}

TEST(secret, moving_leaves_nothing_behind) {
  place<secret> at;
  auto* held = at.make("s3cr3t-key");
  secret taken(std::move(*held));
  EXPECT_EQ(taken.view(), "s3cr3t-key");
  EXPECT_TRUE(held->empty());
  EXPECT_FALSE(at.holds("cr3t-key"));
  *held = std::move(taken);
  EXPECT_EQ(held->view(), "s3cr3t-key");
  EXPECT_TRUE(taken.empty());
  held->clear();
  EXPECT_TRUE(held->empty());
  EXPECT_FALSE(at.holds("cr3t-key"));
  held->~secret();
}

TEST(secret, moving_onto_itself_keeps_it) {
  secret held("a key that is too long to stay inside the object");
  auto& same = held;
  held = std::move(same);
  EXPECT_EQ(held.view(), "a key that is too long to stay inside the object");
}

TEST(secret, is_not_copied_by_accident) {
  static_assert(!std::is_copy_constructible_v<secret> && !std::is_copy_assignable_v<secret>);
  static_assert(!std::is_convertible_v<std::string_view, secret>);
  EXPECT_TRUE(secret().empty());
}

TEST(secret, long_bytes_are_wiped_before_their_memory_is_freed) {
  {
    const secret held("s3cr3t-key, too long to stay inside of the object");
    watched = held.view().data();
  }
  ASSERT_EQ(watched, nullptr) << "freed";
  EXPECT_EQ(std::string_view(seen_at_free.data(), 10), std::string_view("\0\0\0\0\0\0\0\0\0\0", 10));
}

TEST(wiping_allocator, wipes_what_a_growing_string_leaves_behind) {
  std::basic_string<char, std::char_traits<char>, wiping_allocator<char>> held("s3cr3t-key, too long to stay inside");
  watched = held.data();
  held.append(1000, 'x');
  ASSERT_EQ(watched, nullptr) << "freed";
  EXPECT_EQ(std::string_view(seen_at_free.data(), 10), std::string_view("\0\0\0\0\0\0\0\0\0\0", 10));
  EXPECT_TRUE(wiping_allocator<char>() == wiping_allocator<int>());
}

TEST(equal_in_constant_time, compares) {
  EXPECT_TRUE(equal_in_constant_time("", ""));
  EXPECT_TRUE(equal_in_constant_time("token", "token"));
  EXPECT_FALSE(equal_in_constant_time("token", "tokeN"));
  EXPECT_FALSE(equal_in_constant_time("token", "toke"));
  EXPECT_FALSE(equal_in_constant_time("", "x"));
  EXPECT_FALSE(equal_in_constant_time(std::string_view("a\0b", 3), std::string_view("a\0c", 3)));
}

}  // namespace
}  // namespace sidecache

#endif
