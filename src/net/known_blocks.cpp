#include "net/known_blocks.hpp"

#include "base/secret.hpp"
#include "net/random_key.hpp"

namespace sidecache::net {
known_blocks::known_blocks() : key_(random_key()) {}

std::shared_ptr<const known_head> known_blocks::learn(std::string_view block, const http::request_head& parsed,
                                                      proxy::handler& by) {
  if (block.size() > most_bytes / 64) return nullptr;
  fixed_.clear();
  http::append_fixed_part(block, fixed_);
  const std::uint64_t hash = siphash(key_, fixed_);
  wipe(fixed_.data(), fixed_.size());
  if (const auto at = known_.find(hash); at != known_.end()) {
    const auto& there = at->second.head;
    return there && there->block.matches(block) ? there : nullptr;
  }
  auto& before = came_once_[hash % came_once_.size()];
  if (std::exchange(before, hash) != hash) return nullptr;
  auto kept = http::head_block::of(block, parsed);
  std::shared_ptr<const known_head> made;
  if (kept) {
    if (auto known = by.recognise(parsed))
      made = std::make_shared<const known_head>(std::move(*kept), std::move(known), hash);
  }
  add(hash, made);  // what is of no use too, so that nobody asks again
  return made;
}

void known_blocks::leave(std::shared_ptr<const known_head>&& known) {
  const auto mine = std::move(known);
  if (!mine) return;
  const auto at = known_.find(mine->hash);
  const bool is_last = mine.use_count() == 2;  // this one and the table's
  if (is_last && at != known_.end() && at->second.head == mine) remove(at);
}

void known_blocks::add(std::uint64_t hash, std::shared_ptr<const known_head> made) {
  bytes_ += made ? made->block.size() : 0;
  order_.push_back(hash);
  known_.emplace(hash, place{std::move(made), std::prev(order_.end())});
  while (order_.size() > most_blocks || bytes_ > most_bytes) remove(known_.find(order_.front()));
}

void known_blocks::remove(table::iterator at) {
  bytes_ -= at->second.head ? at->second.head->block.size() : 0;
  order_.erase(at->second.order);
  known_.erase(at);
}

}  // namespace sidecache::net
