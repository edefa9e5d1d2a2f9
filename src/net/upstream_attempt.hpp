// What the two ways of asking upstream have in common: an attempt as it is told of, the head that it sends, and when it
// may be sent again. Of upstream*.cpp alone.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/secret.hpp"
#include "net/upstream.hpp"

namespace sidecache::net {

/// A request's head holds the caller's keys: wiped when it was sent.
struct wiped_text {
  explicit wiped_text(std::string of) : bytes(std::move(of)) {}
  wiped_text(wiped_text&&) noexcept = default;
  wiped_text& operator=(wiped_text&&) = delete;
  wiped_text(const wiped_text&) = delete;
  wiped_text& operator=(const wiped_text&) = delete;
  ~wiped_text() { wipe(bytes.data(), bytes.size()); }

  std::string bytes;
};

inline bool may_be_sent_again(const proxy::upstream_request& request) {
  return (request.method == http::method::get || request.method == http::method::head) &&
         request.body == http::framing::none && !request.once;
}

inline proxy::failure no_memory(bool sent) {
  return {proxy::failure_kind::overloaded, sent, "limits.buffered_bytes is reached"};
}

/// One attempt, told to the observer when it is over; or never, if it is nobody's failure.
class upstream::attempt {
 public:
  attempt(proxy::observer& observer, http::route route) : observer_(observer), route_(route) {}

  void answered(unsigned status) { tell({route_, status, {}, std::chrono::steady_clock::now() - begun_}); }
  proxy::failure failed(proxy::failure why) {
    tell({route_, 0, why.kind, std::chrono::steady_clock::now() - begun_});
    return why;
  }
  [[nodiscard]] mono_time begun() const { return begun_; }

 private:
  void tell(const proxy::finished_attempt& what) { observer_.finished(what); }

  proxy::observer& observer_;
  http::route route_;
  mono_time begun_ = std::chrono::steady_clock::now();
};

}  // namespace sidecache::net
