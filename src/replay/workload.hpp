// What a replay asks, and when: a schedule decides without I/O, whoever sends keeps to it.
//
// Theory of operation: a workload is immutable and shared by all threads. Each thread walks a schedule of its own,
// which is the same for all of them and for each run with the same seed, and takes every n-th request of it. Nothing of
// a schedule waits in memory: what is due and could not be sent yet is what the schedule has not been asked for.
// Intended times never decrease.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "http/message.hpp"

namespace sidecache::replay {

constexpr double ns_in_second = 1e9;
constexpr std::uint32_t no_credential = std::numeric_limits<std::uint32_t>::max();

struct planned_request {
  duration at{};              ///< its intended start, from the beginning of the run
  std::uint64_t subject = 0;  ///< what it is about: a rank, or a line of a pattern
  std::uint32_t credential = no_credential;
  bool operator==(const planned_request&) const = default;
};

/// One walk. One thread's; the workload outlives it.
class schedule {
 public:
  schedule() = default;
  schedule(const schedule&) = delete;
  schedule& operator=(const schedule&) = delete;
  virtual ~schedule() = default;
  /// Nothing: the plan is over, and stays so.
  [[nodiscard]] virtual std::optional<planned_request> next() = 0;
};

/// Any thread, once it is made.
class workload {
 public:
  workload() = default;
  workload(const workload&) = delete;
  workload& operator=(const workload&) = delete;
  virtual ~workload() = default;

  [[nodiscard]] virtual std::unique_ptr<schedule> begin() const = 0;
  /// Appends the whole request as it is sent, credential included. What it returns decides how the answer is framed.
  virtual http::method write(const planned_request& what, std::string& to) const = 0;
  /// Requests a second, on average.
  [[nodiscard]] virtual double rate() const = 0;
  /// When the plan ends: no intended start is at or behind it.
  [[nodiscard]] virtual duration length() const = 0;
};

}  // namespace sidecache::replay
