// Requests made up by chance: slugs by Zipf's law, credentials evenly, starts at equal distances or as a Poisson
// process. Arrivals and choices are drawn from two sources, so the same seed asks for the same things in the same order
// at any rate and with either kind of arrivals.
#pragma once

#include <string>
#include <vector>

#include "replay/request_frame.hpp"
#include "replay/slugs.hpp"
#include "replay/workload.hpp"
#include "replay/zipf.hpp"

namespace sidecache::replay {

enum class arrivals : std::uint8_t { constant, poisson };

struct generation {
  double rate = 1000;  ///< a second, over 0
  duration length = std::chrono::seconds(30);
  arrivals when = arrivals::constant;
  double exponent = 0.99;  ///< of Zipf's law
  std::uint64_t seed = 1;
  std::string path = "/v1/providers/{slug}";  ///< {slug} stands for the slug, as often as it comes
};

class generated_workload final : public workload {
 public:
  generated_workload(generation how, slugs names, request_frame frame);

  [[nodiscard]] std::unique_ptr<schedule> begin() const override;
  http::method write(const planned_request& what, std::string& to) const override;
  [[nodiscard]] double rate() const override { return how_.rate; }
  [[nodiscard]] duration length() const override { return how_.length; }

 private:
  generation how_;
  slugs names_;
  zipf law_;
  request_frame frame_;
  std::vector<std::string> path_;  // the pieces between which slugs stand
};

}  // namespace sidecache::replay
