// A recorded pattern, played at its own pace or so that it makes a given rate on average, and again from its beginning
// as often as the length of the run takes. What its lines leave open, the credential, is drawn evenly by the seed.
#pragma once

#include <expected>
#include <optional>

#include "replay/pattern_file.hpp"
#include "replay/request_frame.hpp"
#include "replay/workload.hpp"

namespace sidecache::replay {

struct playing {
  std::optional<double> rate = {};      ///< a second, over 0; without it as it was recorded
  std::optional<duration> length = {};  ///< without it: once
  std::uint64_t seed = 1;
};

class recorded_workload final : public workload {
 public:
  /// The error: requests of one single moment have no pace to repeat.
  static std::expected<std::unique_ptr<recorded_workload>, std::string> make(pattern played, const playing& how,
                                                                             request_frame frame);

  [[nodiscard]] std::unique_ptr<schedule> begin() const override;
  http::method write(const planned_request& what, std::string& to) const override;
  [[nodiscard]] double rate() const override { return rate_; }
  [[nodiscard]] duration length() const override { return length_; }

  /// How long one round takes.
  [[nodiscard]] duration round() const { return round_; }

 private:
  recorded_workload(pattern played, std::uint64_t seed, request_frame frame);

  std::vector<recorded_request> requests_;
  std::uint64_t seed_;
  request_frame frame_;
  double rate_ = 0;
  duration round_{};
  duration length_{};
};

}  // namespace sidecache::replay
