// One mock control plane: its two APIs, faults, its journal and the `/__mock` endpoints, behind one lock.
//
// Shared by the handlers of all threads and outlives them; thread-safe. Every call is short and never waits for
// anything but the lock: pauses are the handler's.
//
//   GET    /__mock/requests   what it got since the start or the last DELETE
//   DELETE /__mock/requests   counts from zero
//   GET    /__mock/faults     the faults in force, with what is left of `times`
//   POST   /__mock/faults     adds one (an object) or several (an array): see fault_kind
//   DELETE /__mock/faults     removes all, those of the flags too
//   POST   /__mock/edit       {kind, slug, patch} changes a record behind everybody's back, by JSON merge patch
//                             (RFC 7396) on its stored fields; `"delete": true` in place of patch removes it, and
//                             `"create": {fields}` makes it. `kind` is any collection: configs, prompts/partials,
//                             api-keys (by name)...; `organisation` and `workspace` say which, where the slug names
//                             several. Sync tells of it; a counter set to its limit exhausts the record
// They need no credential, meet no faults and are not counted.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <mutex>
#include <optional>

#include "mock/control_plane.hpp"
#include "mock/faults.hpp"
#include "mock/journal.hpp"
#include "mock/options.hpp"

namespace sidecache::mock {

class instance {
 public:
  /// `time` must outlive the instance.
  instance(const options& with, const clock& time);

  struct admission {
    std::uint64_t number = 0;
    fault_plan plan;
  };
  /// Counts a request and decides what goes wrong with it. Nothing for `/__mock` targets, which are answered at once.
  [[nodiscard]] std::optional<admission> admit(const request& asked);
  /// Works on the request, or makes the answer that the plan puts in its place.
  [[nodiscard]] response answer(const request& asked, const fault_plan& plan);
  void answered(std::uint64_t number, unsigned status);
  /// All three in one, if no faults are in force.
  [[nodiscard]] std::optional<response> answer_now(const request& asked);

 private:
  [[nodiscard]] response console(const request& asked, wall_time now);
  [[nodiscard]] response faults_console(const request& asked, wall_time now);
  [[nodiscard]] response edit(const request& asked, wall_time now);
  [[nodiscard]] response answer_locked(const request& asked, const fault_plan& plan);

  const clock& clock_;
  std::mutex mutex_;
  control_plane control_plane_;
  faults faults_;
  journal journal_;
};

}  // namespace sidecache::mock
