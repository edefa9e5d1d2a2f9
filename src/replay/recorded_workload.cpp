#include "replay/recorded_workload.hpp"

#include <cmath>

#include "base/random_source.hpp"

namespace sidecache::replay {
namespace {

class recorded_schedule final : public schedule {
 public:
  recorded_schedule(const recorded_workload& of, const std::vector<recorded_request>& requests, std::uint64_t seed,
                    std::uint32_t credentials)
      : of_(of), requests_(requests), credentials_(credentials), choices_(seed) {}

  std::optional<planned_request> next() override {
    if (at_ == requests_.size()) {
      at_ = 0;
      begun_ += of_.round();
    }
    const recorded_request& line = requests_[at_];
    const duration at = begun_ + line.at;
    if (at >= of_.length()) return std::nullopt;  // and stays here
    planned_request made{.at = at, .subject = at_++, .credential = line.credential};
    if (line.credential == any_credential)
      made.credential = credentials_ == 0 ? no_credential : choices_.below(credentials_);
    return made;
  }

 private:
  const recorded_workload& of_;
  const std::vector<recorded_request>& requests_;
  std::uint32_t credentials_;
  random_source choices_;
  std::size_t at_ = 0;
  duration begun_{};
};

}  // namespace

recorded_workload::recorded_workload(pattern played, std::uint64_t seed, request_frame frame)
    : requests_(std::move(played.requests)), seed_(seed), frame_(std::move(frame)) {}

std::expected<std::unique_ptr<recorded_workload>, std::string> recorded_workload::make(pattern played,
                                                                                       const playing& how,
                                                                                       request_frame frame) {
  std::unique_ptr<recorded_workload> made(new recorded_workload(std::move(played), how.seed, std::move(frame)));
  auto& requests = made->requests_;
  const auto count = static_cast<double>(requests.size());
  const auto span = static_cast<double>(requests.back().at.count());
  if (!how.rate && span <= 0) return std::unexpected("its requests are all of one moment: expected --rate");
  // n requests have n-1 gaps between them; the gap behind the last, before the next round, is the average of these.
  const double round = how.rate ? count / *how.rate * ns_in_second : span * count / (count - 1);
  for (std::size_t i = 0; i < requests.size(); ++i) {
    const double share = span > 0 ? static_cast<double>(requests[i].at.count()) / span * (count - 1) / count
                                  : static_cast<double>(i) / count;
    requests[i].at = duration(std::llround(share * round));
  }
  made->rate_ = count / round * ns_in_second;
  made->round_ = std::max(duration(std::llround(round)), requests.back().at + duration(1));
  made->length_ = how.length.value_or(made->round_);
  return made;
}

std::unique_ptr<schedule> recorded_workload::begin() const {
  return std::make_unique<recorded_schedule>(*this, requests_, seed_,
                                             static_cast<std::uint32_t>(frame_.credentials.size()));
}

http::method recorded_workload::write(const planned_request& what, std::string& to) const {
  const recorded_request& line = requests_[what.subject];
  to.append(line.method).append(" ").append(frame_.prefix).append(line.target);
  frame_.append_head_end(to, what.credential, line.header_lines);
  to.append(line.body);
  return http::method_from(line.method);
}

}  // namespace sidecache::replay
