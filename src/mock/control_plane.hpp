// The mock control plane's admin API as a function: a request and the time in, an answer out.
//
// No sockets, no clock, no faults. Authenticates, routes as Express does (any case, empty segments ignored, with and
// without /v1), works on the store and dresses the answer as the live control plane does. Not thread-safe.
// The data-plane API (/v2) will be a second front on the same store.
#pragma once

#include <string>

#include "mock/call.hpp"
#include "mock/options.hpp"

namespace sidecache::mock {

class control_plane {
 public:
  /// Seeds the store. `started` is what seeded deadlines are counted from.
  control_plane(const options& with, wall_time started);

  [[nodiscard]] response handle(const request& asked, wall_time now);

  [[nodiscard]] store& records() { return store_; }
  /// The name of the key that a request carries ("acme-prod"), "unknown" or "none": to tell callers apart in counts.
  [[nodiscard]] std::string caller_of(const http::fields& fields) const;
  /// An answer with a body of the mock's own, dressed like the others.
  [[nodiscard]] response dressed(unsigned status, std::string body, wall_time now);

 private:
  [[nodiscard]] std::optional<std::string_view> credential(const http::fields& fields) const;
  [[nodiscard]] result perform(const request& asked, wall_time now);
  [[nodiscard]] result route(call& c);

  options options_;
  store store_;
  id_source ids_;
};

}  // namespace sidecache::mock
