// Reads the answers of a cache as a load tool needs them: the status, and where the answer ends.
//
// One object a connection, on the thread of its event loop. It keeps the head until that is complete and of the body
// only how much is still to come. It knows Content-Length, and answers that have no body (304, RFC 9110 §15.4.5);
// anything else (chunks, an answer that ends with its connection) is not what a cached record looks like and a failure.
#pragma once

#include <strings.h>

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sidecache::bench {

class answer_reader {
 public:
  enum class progress : std::uint8_t { more, complete, not_understood };

  progress take(std::string_view bytes) {
    if (!in_body_) {
      head_ += bytes;
      const auto end = head_.find("\r\n\r\n");
      if (end == std::string::npos) return progress::more;
      const auto length = length_of(std::string_view(head_).substr(0, end + 2));
      if (!length) return progress::not_understood;
      in_body_ = true;
      left_ = *length;
      const auto of_body = head_.size() - end - 4;
      head_.clear();
      return consume(of_body);
    }
    return consume(bytes.size());
  }

  /// Of the answer that was completed last.
  [[nodiscard]] unsigned status() const { return status_; }

 private:
  progress consume(std::uint64_t bytes) {
    if (bytes > left_) return progress::not_understood;  // nothing was asked for beyond this answer
    left_ -= bytes;
    if (left_ > 0) return progress::more;
    in_body_ = false;
    return progress::complete;
  }

  std::optional<std::uint64_t> length_of(std::string_view head) {
    if (!head.starts_with("HTTP/1.1 ") || head.size() < 12) return std::nullopt;
    std::from_chars(head.data() + 9, head.data() + 12, status_);
    if (status_ == 304) return 0;
    constexpr std::string_view name = "\r\ncontent-length:";
    for (auto at = head.find("\r\n"); at != std::string_view::npos; at = head.find("\r\n", at + 2)) {
      const auto line = head.substr(at);
      if (line.size() < name.size() || strncasecmp(line.data(), name.data(), name.size()) != 0) continue;
      const auto digits = line.substr(line.find_first_of("0123456789", name.size()));
      std::uint64_t length = 0;
      std::from_chars(digits.data(), digits.data() + digits.size(), length);
      return length;
    }
    return std::nullopt;
  }

  std::string head_;
  std::uint64_t left_ = 0;
  unsigned status_ = 0;
  bool in_body_ = false;
};

}  // namespace sidecache::bench
