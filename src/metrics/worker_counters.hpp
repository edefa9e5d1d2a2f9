// What one worker thread counts for one plane: the hot path's end of the metrics.
//
// Theory of operation: fixed arrays of numbers, indexed by route and outcome. The worker is their only writer, so it
// adds by a relaxed load and a relaxed store: on this hardware two plain moves, with no lock prefix, lock or
// allocation. A scrape reads them from its own thread while the worker goes on, so a page is not one instant's picture;
// each number is exact, and no number ever goes back. Requests have no counter of their own: their number is the sum of
// their histogram's buckets, which makes the two agree on every page. Each object starts on a cache line of its own and
// is a whole number of lines long: workers never share one. The collector owns these objects and outlives the workers.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/outcome.hpp"
#include "http/route.hpp"
#include "metrics/catalogue.hpp"
#include "proxy/observer.hpp"

namespace sidecache::metrics {

/// A number with one writing thread and any number of reading ones.
class single_writer {
 public:
  void add(std::int64_t by) { value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t read() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

/// Durations counted into buckets. Not cumulative here: one store a duration, summed up at scrape.
template <const auto& BoundsNs>
class bucketed_durations {
 public:
  static constexpr std::size_t bucket_count = BoundsNs.size() + 1;

  void observe(duration took) {
    // From the low end: a hit ends in the first bucket, and one that takes longer can afford the comparisons.
    const auto ns = took.count();
    std::size_t i = 0;
    while (i < BoundsNs.size() && ns > BoundsNs[i]) ++i;
    buckets_[i].add(1);
    if (ns > 0) sum_ns_.add(ns);
  }
  [[nodiscard]] std::int64_t bucket(std::size_t i) const { return buckets_[i].read(); }
  [[nodiscard]] std::int64_t sum_ns() const { return sum_ns_.read(); }

 private:
  std::array<single_writer, bucket_count> buckets_;
  single_writer sum_ns_;
};

using duration_histogram = bucketed_durations<duration_bounds_ns>;
using age_histogram = bucketed_durations<age_bounds_ns>;

/// The values of sidecache_upstream_requests_total's `code` that are no status.
constexpr std::array<std::string_view, 7> failure_codes{"timeout", "connect",  "reset",     "tls",
                                                        "proxy",   "protocol", "overloaded"};
constexpr unsigned first_status = 100;
constexpr std::size_t status_count = 500;
constexpr std::size_t connection_state_count = 3;
/// Those that have a schema, which something can be unknown to.
constexpr std::size_t kind_count = records::typed_kind_count;

class alignas(64) worker_counters final : public proxy::observer {
 public:
  explicit worker_counters(std::string plane) : plane_(std::move(plane)) {}

  void finished(const proxy::finished_request& request) override;
  /// A body over its limit (too_large) counts as `protocol` unless the attempt names the status it came with: the
  /// control plane broke off nothing, it sent what is not acceptable.
  void finished(const proxy::finished_attempt& attempt) override;
  void upstream_connections(proxy::connection_state state, int by) override;
  void client_connections(int by) override;
  void connection_cut(cutoff why) override;
  void unknown_in_record(records::kind kind, std::uint64_t fields, std::uint64_t values) override;

  /// Everything below is for the scraping thread.
  [[nodiscard]] const std::string& plane() const { return plane_; }
  [[nodiscard]] const duration_histogram& requests(std::size_t route, std::size_t outcome) const {
    return requests_[route][outcome];
  }
  [[nodiscard]] const age_histogram& stale(std::size_t route) const { return stale_[route]; }
  [[nodiscard]] const duration_histogram& attempts(std::size_t route) const { return attempts_[route]; }
  [[nodiscard]] std::int64_t attempts_by_status(std::size_t route, std::size_t status) const {
    return statuses_[route][status].read();
  }
  [[nodiscard]] std::int64_t attempts_failed(std::size_t route, std::size_t code) const {
    return failures_[route][code].read();
  }
  [[nodiscard]] std::int64_t upstream_connections_in(std::size_t state) const { return upstream_[state].read(); }
  [[nodiscard]] std::int64_t open_client_connections() const { return clients_.read(); }
  [[nodiscard]] std::int64_t connections_cut(std::size_t why) const { return cut_[why].read(); }
  [[nodiscard]] std::int64_t unknown_fields(std::size_t kind) const { return unknown_fields_[kind].read(); }
  [[nodiscard]] std::int64_t unknown_values(std::size_t kind) const { return unknown_values_[kind].read(); }

 private:
  template <class T, std::size_t N>
  using per_route = std::array<std::array<T, N>, http::route_count>;

  per_route<duration_histogram, outcome_names.size()> requests_;
  std::array<age_histogram, http::route_count> stale_;
  std::array<duration_histogram, http::route_count> attempts_;
  per_route<single_writer, status_count> statuses_;
  per_route<single_writer, failure_codes.size()> failures_;
  std::array<single_writer, connection_state_count> upstream_;
  single_writer clients_;
  std::array<single_writer, cutoff_names.size()> cut_;
  std::array<single_writer, kind_count> unknown_fields_;
  std::array<single_writer, kind_count> unknown_values_;
  std::string plane_;
};

}  // namespace sidecache::metrics
