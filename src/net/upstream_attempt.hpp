// What the ways of asking upstream have in common: an attempt as it is told of, the head that it sends, what was sent
// already, and when it may be sent again. Of upstream*.cpp alone.
#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/secret.hpp"
#include "net/upstream.hpp"

namespace sidecache::net {

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

/// A GET without a body on its way, on a connection that had been kept. Ends before the upstream does, as coroutines
/// do.
struct upstream::sent_request {
  upstream_pool::lease place;
  attempt current;
  wiped_text head;

  [[nodiscard]] upstream_connection& connection() const { return *place.connection(); }
};

}  // namespace sidecache::net
