// Who is told what happened: metrics and the access log, as an interface. One observer per worker thread, called only
// there, so that counting takes no lock and shares no cache line.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.hpp"
#include "base/cutoff.hpp"
#include "http/message.hpp"
#include "proxy/exchange.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

/// A request that is over. Views are valid during the call only.
struct finished_request {
  proxy::report report;
  std::string_view method;
  std::string_view target;  ///< raw; observers log the path and never the query's values
  unsigned status = 0;      ///< 0 if no answer was begun
  std::uint64_t bytes_sent = 0;
  /// From the complete head to the last byte written. Of those that are answered from memory together (net/ready_set),
  /// from when the first was looked up to when all were written: microseconds more.
  duration took{};
  /// What it asked with, for those who look: one of the two; neither, where its head was refused.
  const http::fields* fields = nullptr;
  std::string_view block{};              ///< of a head that was known by its block: that, as it came
  const http::made_ids* made = nullptr;  ///< null, or empty: it made nothing go upstream, or brought its own
};

/// One attempt upstream that is over: either `status` (100..599) or `failure`.
struct finished_attempt {
  http::route route = http::route::other;
  unsigned status = 0;
  failure_kind failure = failure_kind::connect;  ///< if status is 0
  duration took{};
};

enum class connection_state : std::uint8_t { connecting, active, idle };

class observer {
 public:
  virtual ~observer() = default;
  virtual void finished(const finished_request& request) = 0;
  virtual void finished(const finished_attempt& attempt) = 0;
  /// How many upstream connections there are in a state changed by `by`.
  virtual void upstream_connections(connection_state state, int by) = 0;
  /// How many client connections there are changed by `by`.
  virtual void client_connections(int by) = 0;
  /// A client's connection was ended because of a limit.
  virtual void connection_cut(cutoff /*why*/) {}
  /// A record had fields or values that no schema names (control plane schemas drift).
  virtual void unknown_in_record(records::kind kind, std::uint64_t fields, std::uint64_t values) = 0;
};

}  // namespace sidecache::proxy
