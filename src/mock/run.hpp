// What happened between one start of the counts and the next: a run of a load.
//
// Theory of operation: a request belongs to the run in which it arrived, and counts there when it ends, though another
// run may have begun: whoever works on it shares the run. So of every run, once nothing of it is in flight,
//   arrived = whole + reset + cut + client_left,   whole = the sum over statuses.
// A request counts before its last byte is handed over (or its connection closed): a client that has seen the end of an
// answer and asks for the counts finds it counted.
// Guarded by the instance's lock.
#pragma once

#include <array>
#include <boost/json/object.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/hdr_histogram.hpp"
#include "http/route.hpp"

namespace sidecache::mock {

/// How a request ended, as its client saw it.
enum class ended_as : std::uint8_t {
  whole,        ///< it was answered in full
  reset,        ///< the connection was closed with no answer, on purpose
  cut,          ///< the answer broke off, on purpose
  client_left,  ///< the client was gone before its end
};
constexpr std::array<std::string_view, 4> ended_as_names{"whole", "reset", "cut", "client_left"};

/// What one thread was like since it was last looked at (loop_probe.hpp).
struct loop_sample {
  mono_time due{};  ///< when it was to be looked at
  duration lag{};   ///< how late that was
  mono_time second_began{};
  std::optional<double> second_busy{};  ///< a second has gone by since, of which the thread ran so much
};

class run {
 public:
  run(std::string id, instant started) : id_(std::move(id)), started_(started) {}

  [[nodiscard]] const std::string& id() const { return id_; }
  [[nodiscard]] instant started() const { return started_; }
  void end(instant at) { ended_ = at; }

  /// Its number in the run, from 0 on.
  std::uint64_t arrived(http::route route) {
    ++routes_[static_cast<std::size_t>(route)];
    return arrived_++;
  }
  void ended(ended_as how, unsigned status);
  /// What was counted as something else was not: the client had left.
  void left(ended_as counted, unsigned status);
  void delayed(duration intended, duration achieved);
  /// What was before the run began is no matter of it.
  void sampled(const loop_sample& sample);

  [[nodiscard]] std::uint64_t requests() const { return arrived_; }
  [[nodiscard]] std::uint64_t in_flight() const;
  [[nodiscard]] boost::json::object by_status() const;
  /// {id, started_at, lasted_s, requests, by_status, by_route, delays_ms, loop_lag_ms, cpu, bottleneck, reasons}
  [[nodiscard]] boost::json::object to_json(instant now) const;
  /// Why the figures of whoever loaded this mock are the mock's rather than of what was loaded. Empty: they are not.
  [[nodiscard]] std::vector<std::string> bottleneck() const;

 private:
  static constexpr std::size_t most_status = 600;
  struct delays {
    hdr_histogram intended, achieved;
  };

  std::string id_;
  instant started_;
  std::optional<instant> ended_;
  std::uint64_t arrived_ = 0;
  std::array<std::uint64_t, http::route_count> routes_{};
  std::array<std::uint64_t, most_status> statuses_{};
  std::array<std::uint64_t, ended_as_names.size()> endings_{};
  std::unique_ptr<delays> delays_;  ///< none were wanted yet
  hdr_histogram lag_;
  double busiest_second_ = 0;
  std::uint64_t seconds_ = 0, saturated_seconds_ = 0;
};

/// In words, for whoever ends the mock.
[[nodiscard]] std::string verdict_of(const run& over);

}  // namespace sidecache::mock
