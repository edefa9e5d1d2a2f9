// Alarms that ring when they are told what time it is: for tests and the simulation.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "base/alarms.hpp"

namespace sidecache {

class manual_alarms final : public alarms {
 public:
  [[nodiscard]] std::unique_ptr<alarm> set(mono_time when, std::function<void()> ring) override {
    const key at{when, ++numbers_};
    set_->emplace(at, std::move(ring));
    return std::make_unique<one>(set_, at);
  }

  /// Rings those that are due, in the order of their times, those included that are set meanwhile.
  void ring(mono_time now) {
    while (!set_->empty() && set_->begin()->first.first <= now) {
      const auto ring = std::move(set_->begin()->second);
      set_->erase(set_->begin());
      ring();
    }
  }
  /// When the first that is set rings.
  [[nodiscard]] std::optional<mono_time> next() const {
    return set_->empty() ? std::nullopt : std::optional(set_->begin()->first.first);
  }
  [[nodiscard]] std::size_t count() const { return set_->size(); }

 private:
  using key = std::pair<mono_time, std::uint64_t>;
  using times = std::map<key, std::function<void()>>;

  class one final : public alarm {
   public:
    one(std::shared_ptr<times> of, key at) : of_(std::move(of)), at_(at) {}
    one(const one&) = delete;
    one& operator=(const one&) = delete;
    ~one() override { of_->erase(at_); }

   private:
    std::shared_ptr<times> of_;
    key at_;
  };

  std::shared_ptr<times> set_ = std::make_shared<times>();  // alarms may outlive this
  std::uint64_t numbers_ = 0;
};

}  // namespace sidecache
