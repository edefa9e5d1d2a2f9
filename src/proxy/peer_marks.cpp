#include "proxy/peer_marks.hpp"

namespace sidecache::proxy {

peer_mark peer_marks::of(const tenant& whose, const std::string& peer) const {
  const std::lock_guard lock(mutex_);
  const auto at = lines_.find({peer, whose.organisation, whose.client});
  return at == lines_.end() ? peer_mark{} : at->second.mark;
}

void peer_marks::move(const tenant& whose, const std::string& peer, peer_mark to) {
  const std::lock_guard lock(mutex_);
  key of{peer, whose.organisation, whose.client};
  if (const auto at = lines_.find(of); at != lines_.end()) {
    // Of two syncs under way the one that asked first may end last.
    const bool back = at->second.mark.epoch == to.epoch && at->second.mark.number > to.number;
    if (!back) at->second.mark = std::move(to);
    moved_.splice(moved_.end(), moved_, at->second.place);
    return;
  }
  if (lines_.size() >= max_) {
    lines_.erase(moved_.front());
    moved_.pop_front();
  }
  const auto place = moved_.insert(moved_.end(), of);
  lines_.emplace(std::move(of), line{std::move(to), place});
}

std::size_t peer_marks::size() const {
  const std::lock_guard lock(mutex_);
  return lines_.size();
}

}  // namespace sidecache::proxy
