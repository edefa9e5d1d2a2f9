#include "mock/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json.hpp>
#include <numeric>

#include "mock/timestamp.hpp"

namespace sidecache::mock {
namespace {

namespace json = boost::json;

/// A thread that ran for so much of a second had no room left: what came then had to wait.
constexpr double saturated = 0.9;
/// Delays at p99 may be so much longer than was intended, or so much of what was intended.
constexpr duration honest_excess = std::chrono::milliseconds(2);
constexpr double honest_share = 0.05;
/// A thread that comes to its work so late at p99 adds that to every latency.
constexpr duration honest_lag = std::chrono::milliseconds(5);

double ms(duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

json::object summary(const hdr_histogram& of) {
  return {{"count", of.count()},          {"p50", ms(of.percentile(50))},     {"p90", ms(of.percentile(90))},
          {"p99", ms(of.percentile(99))}, {"p99.9", ms(of.percentile(99.9))}, {"max", ms(of.max())},
          {"mean", ms(of.mean())}};
}

}  // namespace

void run::ended(ended_as how, unsigned status) {
  ++endings_[static_cast<std::size_t>(how)];
  if (how == ended_as::whole && status < most_status) ++statuses_[status];
}

void run::left(ended_as counted, unsigned status) {
  --endings_[static_cast<std::size_t>(counted)];
  if (counted == ended_as::whole && status < most_status) --statuses_[status];
  ++endings_[static_cast<std::size_t>(ended_as::client_left)];
}

void run::delayed(duration intended, duration achieved) {
  if (!delays_) delays_ = std::make_unique<delays>();
  delays_->intended.record(intended);
  delays_->achieved.record(achieved);
}

void run::sampled(const loop_sample& sample) {
  if (sample.due >= started_.mono) lag_.record(sample.lag);
  if (!sample.second_busy || sample.second_began < started_.mono) return;
  ++seconds_;
  busiest_second_ = std::max(busiest_second_, *sample.second_busy);
  if (*sample.second_busy >= saturated) ++saturated_seconds_;
}

std::uint64_t run::in_flight() const {
  return arrived_ - std::accumulate(endings_.begin(), endings_.end(), std::uint64_t{0});
}

json::object run::by_status() const {
  json::object shown;
  for (std::size_t status = 0; status < most_status; ++status)
    if (statuses_[status] > 0) shown[std::to_string(status)] = statuses_[status];
  return shown;
}

json::object run::to_json(instant now) const {
  json::object requests{{"arrived", arrived_}, {"in_flight", in_flight()}};
  for (std::size_t i = 0; i < endings_.size(); ++i) requests[ended_as_names.at(i)] = endings_.at(i);
  json::object routes;
  for (std::size_t i = 0; i < routes_.size(); ++i)
    if (routes_.at(i) > 0) routes[http::to_string(static_cast<http::route>(i))] = routes_.at(i);
  const hdr_histogram nothing;
  json::array reasons;
  for (const auto& reason : bottleneck()) reasons.emplace_back(reason);
  const bool flagged = !reasons.empty();
  return {{"id", id_},
          {"started_at", format_timestamp(started_.wall)},
          {"lasted_s", ms(ended_.value_or(now).mono - started_.mono) / 1000},
          {"requests", std::move(requests)},
          {"by_status", by_status()},
          {"by_route", std::move(routes)},
          {"delays_ms",
           {{"intended", summary(delays_ ? delays_->intended : nothing)},
            {"achieved", summary(delays_ ? delays_->achieved : nothing)}}},
          {"loop_lag_ms", summary(lag_)},
          {"cpu",
           {{"seconds", seconds_},
            {"saturated_seconds", saturated_seconds_},
            {"busiest_second_percent", 100 * busiest_second_}}},
          {"bottleneck", flagged},
          {"reasons", std::move(reasons)}};
}

std::vector<std::string> run::bottleneck() const {
  std::vector<std::string> reasons;
  if (delays_) {
    const auto intended = delays_->intended.percentile(99);
    const auto achieved = delays_->achieved.percentile(99);
    const auto allowed = std::max(honest_excess, std::chrono::duration_cast<duration>(intended * honest_share));
    if (achieved - intended > allowed)
      reasons.push_back(
          fmt::format("delays took {:.1f} ms at p99 where {:.1f} ms were intended", ms(achieved), ms(intended)));
  }
  if (const auto lag = lag_.percentile(99); lag > honest_lag)
    reasons.push_back(fmt::format("its event loop was {:.1f} ms late at p99", ms(lag)));
  if (saturated_seconds_ > 0)
    reasons.push_back(fmt::format("a thread was saturated in {} of {} seconds (the busiest: {:.0f} %)",
                                  saturated_seconds_, seconds_, 100 * busiest_second_));
  return reasons;
}

std::string verdict_of(const run& over) {
  const auto shown = over.to_json(over.started()).at("requests").as_object();
  std::string text = fmt::format("run {}: {} requests", over.id(), over.requests());
  for (const std::string_view name : ended_as_names)
    text.append(", ").append(std::to_string(shown.at(name).to_number<std::uint64_t>())).append(" ").append(name);
  const auto reasons = over.bottleneck();
  if (reasons.empty()) return text + "\nthe mock kept up\n";
  text.append("\nTHE MOCK WAS THE BOTTLENECK: what was measured is the mock's\n");
  for (const auto& reason : reasons) text.append("  ").append(reason).append("\n");
  return text;
}

}  // namespace sidecache::mock
