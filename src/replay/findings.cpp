#include "replay/findings.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sidecache::replay {
namespace {

using seconds = std::chrono::duration<double>;
using milliseconds = std::chrono::duration<double, std::milli>;

double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

double a_second(std::uint64_t count, duration time) {
  return time <= duration{} ? 0 : static_cast<double>(count) / seconds(time).count();
}

std::optional<double> hit_percent(const tally& all) {
  const auto of = [&](cache_outcome what) { return all.outcomes.at(static_cast<std::size_t>(what)); };
  if (of(cache_outcome::none) == all.answered) return std::nullopt;
  return percent(of(cache_outcome::hit) + of(cache_outcome::stale), all.answered);
}

void add_notes(const run_result& run, findings& made) {
  if (!made.kept)
    made.notes.push_back(fmt::format("the target did not keep the rate: {:.1f} % of it were answered",
                                     made.intended > 0 ? 100 * made.achieved / made.intended : 0));
  if (made.sender_was_bottleneck)
    made.notes.push_back(
        fmt::format("the sender itself was late (p99 {:.3f} ms) or busy ({:.0f} % of a core), and that is in the "
                    "latencies: give it "
                    "a quieter machine, or more --threads",
                    milliseconds(run.all.lag.percentile(99)).count(), 100 * run.busiest_thread));
  if (run.all.waited > 0)
    made.notes.push_back(fmt::format(
        "{} requests found no free connection when their time had come, one waited {:.1f} ms: the corrected "
        "latencies have that wait",
        run.all.waited, milliseconds(run.all.longest_wait).count()));
  if (run.interrupted) made.notes.emplace_back("it was interrupted: this is what there was so far");
}

void add_missed(const run_result& run, const gates& wanted, findings& made) {
  if (wanted.most_errors && made.error_percent > *wanted.most_errors)
    made.missed.push_back(
        fmt::format("{:.3f} % errors, at most {:g} % were allowed", made.error_percent, *wanted.most_errors));
  if (const auto p99 = run.all.corrected.percentile(99); wanted.most_p99 && p99 > *wanted.most_p99)
    made.missed.push_back(fmt::format("a corrected p99 of {:.3f} ms, at most {:.3f} ms were allowed",
                                      milliseconds(p99).count(), milliseconds(*wanted.most_p99).count()));
  if (wanted.least_hits && made.hit_percent.value_or(0) < *wanted.least_hits)
    made.missed.push_back(fmt::format("{:.2f} % of the answers were hits, at least {:g} % were wanted",
                                      made.hit_percent.value_or(0), *wanted.least_hits));
  if (run.all.due() == 0) made.missed.emplace_back("nothing was measured");
}

}  // namespace

findings judge(const run_result& run, const gates& wanted) {
  const tally& all = run.all;
  findings made;
  made.intended = a_second(all.due(), run.window);
  // From the first answer on: a target that takes a second for each keeps the rate, a second later.
  const duration answering = all.answered == 0 ? duration{} : all.last_done - all.first_done;
  made.achieved = a_second(all.answered, std::max(run.window, answering));
  made.kept = made.achieved >= kept_from * made.intended;
  made.sender_was_bottleneck = all.lag.percentile(99) > lag_limit || run.busiest_thread > core_limit;
  made.hit_percent = hit_percent(all);
  made.error_percent = percent(all.errors(), all.due());
  if (all.sent > 0) {
    // The CPU time is the warm-up's too; its requests are as many a second as the others.
    const double measured = run.elapsed > duration{} ? std::min(1.0, seconds(run.window) / seconds(run.elapsed)) : 1;
    made.cpu_a_request = duration(
        static_cast<std::int64_t>(static_cast<double>(run.cpu.count()) * measured / static_cast<double>(all.sent)));
  }
  add_notes(run, made);
  const bool gated = wanted.most_errors || wanted.most_p99 || wanted.least_hits;
  if (gated) add_missed(run, wanted, made);
  return made;
}

}  // namespace sidecache::replay
