// Bytes that must not outlive their use: wiped when freed, never printed, moved but not copied by accident.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace sidecache {

/// Overwrites memory in a way the optimiser may not drop (explicit_bzero(3)).
void wipe(void* bytes, std::size_t size) noexcept;

/// An allocator that wipes before it frees, for strings and vectors that hold credentials or record bodies.
template <class T>
struct wiping_allocator {
  using value_type = T;
  wiping_allocator() = default;
  template <class U>
  explicit(false) wiping_allocator(const wiping_allocator<U>& /*other*/) noexcept {}

  [[nodiscard]] T* allocate(std::size_t n) { return std::allocator<T>{}.allocate(n); }
  void deallocate(T* at, std::size_t n) noexcept {
    wipe(at, n * sizeof(T));
    std::allocator<T>{}.deallocate(at, n);
  }
  template <class U>
  bool operator==(const wiping_allocator<U>& /*other*/) const noexcept {
    return true;
  }
};

/// A text that has held a credential for a while, and does not grow: wiped at its end, as far as it is used.
struct wiped_text {
  wiped_text() = default;
  explicit wiped_text(std::string of) : bytes(std::move(of)) {}
  wiped_text(wiped_text&&) noexcept = default;
  wiped_text& operator=(wiped_text&&) = delete;
  wiped_text(const wiped_text&) = delete;
  wiped_text& operator=(const wiped_text&) = delete;
  ~wiped_text() { wipe(bytes.data(), bytes.size()); }

  std::string bytes;
};

/// A string that is wiped when it is freed or grows. Short contents stay inside the object (SSO), so the destructor
/// wipes the object's own bytes too.
class secret {
 public:
  secret() = default;
  explicit secret(std::string_view bytes) : bytes_(bytes.begin(), bytes.end()) {}
  secret(secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.clear(); }
  secret& operator=(secret&& other) noexcept {
    if (this != &other) {
      clear();
      bytes_ = std::move(other.bytes_);
      other.clear();
    }
    return *this;
  }
  secret(const secret&) = delete;
  secret& operator=(const secret&) = delete;
  ~secret() { clear(); }

  [[nodiscard]] std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
  [[nodiscard]] bool empty() const { return bytes_.empty(); }
  /// Wipes all that it has room for: after a move the string is empty and its short bytes are still there.
  void clear() noexcept {
    bytes_.resize(bytes_.capacity());
    wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
  }

 private:
  std::basic_string<char, std::char_traits<char>, wiping_allocator<char>> bytes_;
};

/// True if both are the same, in a time that does not tell where they differ.
[[nodiscard]] bool equal_in_constant_time(std::string_view a, std::string_view b) noexcept;

}  // namespace sidecache
