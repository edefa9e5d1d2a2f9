#include "mock/change_log.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace sidecache::mock {

void change_log::add(change one) {
  log_.push_back(std::move(one));
  if (log_.size() <= most_changes_) return;
  log_.pop_front();
  ++first_;
}

std::optional<std::vector<change>> change_log::take(const std::string& organisation_id, std::string_view identifier) {
  const auto end = first_ + log_.size();
  std::string who = organisation_id;
  who.append("/").append(identifier);
  const auto known = told_.find(who);
  if (known == told_.end()) {
    const bool may_be_old = forgot_somebody_;
    begin(std::move(who));
    if (may_be_old) return std::nullopt;
    return std::vector<change>{};
  }
  const auto since = std::exchange(known->second, end);
  if (since < first_) return std::nullopt;
  return from(since, organisation_id);
}

void change_log::begin(std::string who) {
  if (told_.size() >= most_identifiers_) {
    told_.erase(std::ranges::min_element(told_, {}, [](const auto& one) { return one.second; }));
    forgot_somebody_ = true;
  }
  told_.emplace(std::move(who), first_ + log_.size());
}

std::vector<change> change_log::all_of(std::string_view organisation_id) const { return from(first_, organisation_id); }

std::vector<change> change_log::from(std::uint64_t number, std::string_view organisation_id) const {
  std::vector<change> found;
  std::set<std::string_view> seen;
  for (auto i = number - first_; i < log_.size(); ++i)
    if (log_[i].where.organisation_id == organisation_id && seen.insert(log_[i].id).second) found.push_back(log_[i]);
  return found;
}

}  // namespace sidecache::mock
