#include "replay/generated_workload.hpp"

#include <cmath>

namespace sidecache::replay {
namespace {

/// Keeps the arrivals' chances apart from the choices' of the same seed.
constexpr std::uint64_t of_arrivals = 0x6172726976616C73U;

class generated_schedule final : public schedule {
 public:
  generated_schedule(const generation& how, const zipf& law, std::uint32_t credentials)
      : how_(how), law_(law), credentials_(credentials), arrivals_(how.seed ^ of_arrivals), choices_(how.seed) {}

  std::optional<planned_request> next() override {
    const duration at = start();
    if (at >= how_.length) {
      over_ = true;
      return std::nullopt;
    }
    planned_request made{.at = at, .subject = law_.rank(choices_)};
    const std::uint32_t drawn = choices_.below(std::max(credentials_, 1U));
    if (credentials_ > 0) made.credential = drawn;
    return made;
  }

 private:
  duration start() {
    if (over_) return how_.length;
    if (how_.when == arrivals::poisson) {
      seconds_ -= std::log1p(-arrivals_.unit()) / how_.rate;  // exponential gaps
    } else {
      seconds_ = static_cast<double>(count_++) / how_.rate;  // no sum: rounding must not add up
    }
    const double ns = seconds_ * ns_in_second;
    return ns < static_cast<double>(how_.length.count()) ? duration(std::llround(ns)) : how_.length;
  }

  const generation& how_;
  const zipf& law_;
  std::uint32_t credentials_;
  random_source arrivals_;
  random_source choices_;
  std::uint64_t count_ = 0;
  double seconds_ = 0;
  bool over_ = false;
};

std::vector<std::string> pieces_of(std::string_view path) {
  constexpr std::string_view mark = "{slug}";
  std::vector<std::string> made;
  for (auto at = path.find(mark); at != std::string_view::npos; at = path.find(mark)) {
    made.emplace_back(path.substr(0, at));
    path.remove_prefix(at + mark.size());
  }
  made.emplace_back(path);
  return made;
}

}  // namespace

generated_workload::generated_workload(generation how, slugs names, request_frame frame)
    : how_(std::move(how)),
      names_(std::move(names)),
      law_(names_.size(), how_.exponent),
      frame_(std::move(frame)),
      path_(pieces_of(how_.path)) {}

std::unique_ptr<schedule> generated_workload::begin() const {
  return std::make_unique<generated_schedule>(how_, law_, static_cast<std::uint32_t>(frame_.credentials.size()));
}

http::method generated_workload::write(const planned_request& what, std::string& to) const {
  to.append("GET ").append(frame_.prefix).append(path_.front());
  for (std::size_t i = 1; i < path_.size(); ++i) {
    names_.append(what.subject, to);
    to.append(path_[i]);
  }
  frame_.append_head_end(to, what.credential);
  return http::method::get;
}

}  // namespace sidecache::replay
