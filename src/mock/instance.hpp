// One mock control plane: its two APIs, faults, its journal and the `/__mock` endpoints, behind one lock.
//
// Shared by the handlers of all threads and outlives them; thread-safe. Every call is short and never waits for
// anything but the lock: pauses are the handler's. One lock for all counts is what makes a new run begin at one moment
// for all of them.
//
//   POST   /__mock/run        {"id"} begins a run: all counts from zero, chances and timeline from their beginning.
//                             Answers {"id", "finished": what GET says of the run before it}
//   GET    /__mock/run        the counts of the run at hand, or with ?id= of one of the last ones (run.hpp)
//   GET    /__mock/requests   what it got since the start, the last DELETE or the begin of the run
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
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "mock/control_plane.hpp"
#include "mock/faults.hpp"
#include "mock/journal.hpp"
#include "mock/options.hpp"
#include "mock/run.hpp"

namespace sidecache::mock {

class instance {
 public:
  /// `time` must outlive the instance.
  instance(const options& with, const clock& time);

  struct admission {
    std::uint64_t number = 0;  ///< in the journal
    fault_plan plan;
    std::shared_ptr<run> of;
  };
  /// Counts a request and decides what goes wrong with it. Nothing for `/__mock` targets, which are answered at once.
  [[nodiscard]] std::optional<admission> admit(const request& asked);
  /// Works on the request, or makes the answer that the plan puts in its place.
  [[nodiscard]] response answer(const request& asked, const fault_plan& plan);
  /// Once for each that was admitted, before its client can know.
  void ended(const admission& one, ended_as how, unsigned status);
  /// It was counted as ended like this, and then could not be handed over.
  void left(const admission& one, ended_as counted, unsigned status);
  void delayed(const admission& one, duration intended, duration achieved);
  /// admit(), answer() and ended() in one, if nothing can go wrong now.
  [[nodiscard]] std::optional<response> answer_now(const request& asked);

  /// Records by formula, for the hot path: what the credentials of a request may see by either API, and the lines that
  /// their answers have in common.
  struct formula_access {
    std::shared_ptr<const formula_view> admin, gateway;  ///< null: nothing
    std::string head;
    std::uint64_t edits = 0;  ///< it is good until somebody edits
  };
  /// Nothing if answers to such a request take more than that.
  [[nodiscard]] std::optional<formula_access> formula_access_of(const http::fields& fields);
  [[nodiscard]] const formula_slugs& formula() const { return formula_; }
  /// Counts a request as answered by formula, and says its number in the run. Nothing if it can't be, or something may
  /// go wrong: then it was not counted.
  [[nodiscard]] std::optional<std::uint64_t> answered_by_formula(const formula_access& by, http::route route);

  void sampled(const loop_sample& of_a_thread);
  /// What is said at the end, of the run at hand.
  [[nodiscard]] std::string verdict();

 private:
  [[nodiscard]] response console(const request& asked, wall_time now);
  [[nodiscard]] response run_console(const request& asked, instant now);
  [[nodiscard]] response faults_console(const request& asked, wall_time now);
  [[nodiscard]] boost::json::object requests_shown() const;
  [[nodiscard]] response edit(const request& asked, wall_time now);
  [[nodiscard]] response answer_locked(const request& asked, const fault_plan& plan);
  [[nodiscard]] admission arrived(const request& asked);
  void begin_run(std::string id, instant now);
  [[nodiscard]] duration since_start() const { return clock_.now().mono - run_->started().mono; }

  static constexpr std::size_t kept_runs = 8;

  const clock& clock_;
  const options options_;
  const formula_slugs formula_;
  std::mutex mutex_;
  control_plane control_plane_;
  faults faults_;
  journal journal_;
  std::shared_ptr<run> run_;                    ///< the one at hand
  std::deque<std::shared_ptr<run>> past_runs_;  ///< the newest last
  std::uint64_t runs_ = 0;
  std::uint64_t edits_ = 0;
};

}  // namespace sidecache::mock
