// What a server tells its observer, kept for the test's thread to wait for.
#pragma once

#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "proxy/observer.hpp"

namespace sidecache::net {

using namespace std::chrono_literals;

/// Keeps what it is told, for the test's thread to wait for.
class recording_observer final : public proxy::observer {
 public:
  struct entry {
    proxy::report report;
    std::string method, target;
    unsigned status;
    std::uint64_t bytes_sent;
  };

  void finished(const proxy::finished_request& request) override {
    const std::scoped_lock lock(mutex_);
    entries_.push_back(
        {request.report, std::string(request.method), std::string(request.target), request.status, request.bytes_sent});
    changed_.notify_all();
  }
  void finished(const proxy::finished_attempt& /*attempt*/) override {}
  void upstream_connections(proxy::connection_state /*state*/, int /*by*/) override {}
  void client_connections(int by) override {
    const std::scoped_lock lock(mutex_);
    connections_ += by;
    changed_.notify_all();
  }
  void connection_cut(cutoff why) override {
    const std::scoped_lock lock(mutex_);
    cuts_.push_back(why);
    changed_.notify_all();
  }
  void unknown_in_record(records::kind /*kind*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}

  /// The limit that ended a connection first.
  std::optional<cutoff> wait_for_cut() {
    std::unique_lock lock(mutex_);
    if (!changed_.wait_for(lock, 10s, [&] { return !cuts_.empty(); })) return std::nullopt;
    return cuts_.front();
  }
  bool cut_within(duration patience) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, patience, [&] { return !cuts_.empty(); });
  }
  [[nodiscard]] std::size_t cuts() {
    const std::scoped_lock lock(mutex_);
    return cuts_.size();
  }
  entry wait_for(std::size_t index) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, 10s, [&] { return entries_.size() > index; })) << "request " << index;
    return entries_.size() > index ? entries_[index] : entry{};
  }
  [[nodiscard]] std::size_t finished_so_far() {
    const std::scoped_lock lock(mutex_);
    return entries_.size();
  }
  bool wait_for_connections(int wanted) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, 10s, [&] { return connections_ == wanted; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<entry> entries_;
  std::vector<cutoff> cuts_;
  int connections_ = 0;
};

}  // namespace sidecache::net
