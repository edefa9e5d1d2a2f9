#include "resilience/fair_queue.hpp"

#include <algorithm>
#include <ranges>

namespace sidecache::resilience {

fair_queue::~fair_queue() {
  while (pop() != nullptr) {
  }
}

fair_queue::waiter* fair_queue::push(waiter& newcomer) {
  waiter* loser = nullptr;
  if (waiting() >= capacity_) {
    loser = loser_against(newcomer);
    if (loser == &newcomer) return loser;
    remove(*loser);
  }
  urgency_class& its = class_of(newcomer.urgency);
  lane& own = its.lanes[newcomer.credential];
  if (own.line.empty()) its.in_turn.push_back(own);
  own.line.push_back(newcomer);
  ++its.waiting;
  by_deadline_.insert(newcomer);
  newcomer.queue_ = this;
  newcomer.lane_ = &own;
  return loser;
}

fair_queue::waiter* fair_queue::pop() {
  for (urgency_class& each : classes_ | std::views::reverse) {
    if (each.waiting == 0) continue;
    lane& whose = each.in_turn.front();
    waiter& next = whose.line.front();
    each.in_turn.splice(each.in_turn.end(), each.in_turn, each.in_turn.begin());
    remove(next);
    return &next;
  }
  return nullptr;
}

void fair_queue::remove(waiter& who) {
  urgency_class& its = class_of(who.urgency);
  lane& own = *who.lane_;
  own.line.erase(own.line.iterator_to(who));
  --its.waiting;
  by_deadline_.erase(by_deadline_.iterator_to(who));
  who.queue_ = nullptr;
  who.lane_ = nullptr;
  if (!own.line.empty()) return;
  its.in_turn.erase(its.in_turn.iterator_to(own));
  its.lanes.erase(who.credential);
}

fair_queue::waiter* fair_queue::pop_expired(mono_time now) {
  if (by_deadline_.empty() || by_deadline_.begin()->deadline > now) return nullptr;
  waiter& late = *by_deadline_.begin();
  remove(late);
  return &late;
}

mono_time fair_queue::next_deadline() const {
  return by_deadline_.empty() ? mono_time::max() : by_deadline_.begin()->deadline;
}

std::size_t fair_queue::ahead_of(proxy::urgency how, const digest128& whose) const {
  std::size_t ahead = 0;
  for (std::size_t i = static_cast<std::size_t>(how) + 1; i < classes_.size(); ++i) ahead += classes_[i].waiting;
  const urgency_class& its = classes_[static_cast<std::size_t>(how)];
  const auto own = its.lanes.find(whose);
  const std::size_t mine = own == its.lanes.end() ? 0 : own->second.line.size();
  // Its turn comes in round mine + 1, in which, and in each before, every other credential has one turn at most.
  for (const lane& each : its.in_turn) ahead += std::min(each.line.size(), mine + 1);
  return ahead;
}

/// With nobody in line (a capacity of 0) it is the newcomer.
fair_queue::waiter* fair_queue::loser_against(waiter& newcomer) {
  const auto lowest = std::ranges::find_if(classes_, [](const urgency_class& each) { return each.waiting != 0; });
  if (lowest == classes_.end() || newcomer.urgency < static_cast<proxy::urgency>(lowest - classes_.begin()))
    return &newcomer;
  const auto length = [](const lane& each) { return each.line.size(); };
  lane& longest = *std::ranges::max_element(lowest->in_turn, {}, length);
  if (newcomer.urgency == static_cast<proxy::urgency>(lowest - classes_.begin())) {
    const auto at = lowest->lanes.find(newcomer.credential);
    const std::size_t mine = 1 + (at == lowest->lanes.end() ? 0 : at->second.line.size());
    if (mine >= longest.line.size()) return &newcomer;
  }
  return &longest.line.back();
}

}  // namespace sidecache::resilience
