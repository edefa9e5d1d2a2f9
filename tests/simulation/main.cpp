// simulation --steps N --seed S: plays episodes until so many steps are done or a promise is broken.
// simulation --episode E [--only LIST]: plays that one episode, or a part of its decisions, and tells its story.
// simulation gateways [--topology T] [--hours H] [--seed S]: gateways before sidecaches, and what they keep wrong.
// simulation cold-start [--seed S]: new gateways in an outage, before warm sidecaches.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <chrono>

#include "simulation/episode.hpp"
#include "simulation/gateways/run.hpp"

namespace {

using namespace sidecache::simulation;

void print_story(const outcome_of_episode& told) {
  for (const auto& line : told.story) fmt::print("{}\n", line);
  if (told.found)
    fmt::print("{} is broken. {}\n", told.found->promise, told.found->what);
  else
    fmt::print("no promise is broken\n");
}

int explain(std::uint64_t episode, const violation& found, std::uint64_t step, bool shrinking) {
  fmt::print("FOUND at step {}: {} is broken. {}\n  replay: simulation --episode {}\n", step, found.promise, found.what,
             episode);
  std::fflush(stdout);
  if (!shrinking) return 1;
  const selection few = shrink(episode, every_decision(), found.promise);
  const auto told = play(episode, few, true);
  fmt::print("{} decisions are enough. Step, and what happens:\n", few.size());
  print_story(told);
  fmt::print("  replay: simulation --episode {} --only {}\n", episode, to_text(few));
  return 1;
}

int run(std::uint64_t seed, std::uint64_t steps, bool shrinking) {
  const auto began = std::chrono::steady_clock::now();
  std::uint64_t done = 0;
  std::uint64_t episodes = 0;
  const selection all = every_decision();
  for (; done < steps; ++episodes) {
    const std::uint64_t episode = episode_seed(seed, episodes);
    const auto played = play(episode, all);
    done += played.steps;
    if (played.found) return explain(episode, *played.found, done, shrinking);
  }
  const double took = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  fmt::print("seed {}: {} steps in {} episodes, {:.0f} a second: no promise is broken\n", seed, done, episodes,
             static_cast<double>(done) / took);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::uint64_t seed = 1;
  std::uint64_t steps = 500'000;
  std::uint64_t episode = 0;
  std::string only;
  bool no_story = false;
  CLI::App app("Tries to break sidecache's promises, under a fake clock and a model control plane");
  app.add_option("--seed", seed, "of the run");
  app.add_option("--steps", steps, "how many, at least");
  auto* one = app.add_option("--episode", episode, "play this one and tell its story");
  app.add_option("--only", only, "these decisions of it: 3,17,44-60")->needs(one);
  app.add_flag("--no-story", no_story, "say what was found, and do not shrink it");
  gateways::wishes_of_a_run wishes;
  auto* fleet = app.add_subcommand("gateways", "gateways before sidecaches: what of their store is wrong for long");
  fleet->add_option("--topology", wishes.topology, "all, or 1, 3, 40, each with +poll, +heal or +poll+heal");
  fleet->add_option("--hours", wishes.hours, "that each run lasts");
  fleet->add_option("--seed", wishes.seed, "of each run");
  fleet->add_option("--stories", wishes.stories, "tell of so many wrong entries how they came about");
  fleet->add_flag("--fair", wishes.fair, "without outages only");
  fleet->add_flag("--hectic", wishes.hectic, "in haste only");
  fleet->add_flag("--outages", wishes.outages, "with outages only");
  auto* cold = app.add_subcommand("cold-start", "new gateways in an hour's outage, before warm sidecaches");
  cold->add_option("--seed", wishes.seed, "of each run");
  CLI11_PARSE(app, argc, argv);
  spdlog::set_level(spdlog::level::off);  // leaders die by design
  if (fleet->parsed()) return gateways::run(wishes);
  if (cold->parsed()) return gateways::run_cold_starts(wishes.seed);
  if (one->empty()) return run(seed, steps, !no_story);
  const auto told = play(episode, only.empty() ? every_decision() : selection_from(only), true);
  print_story(told);
  return told.found ? 1 : 0;
}
