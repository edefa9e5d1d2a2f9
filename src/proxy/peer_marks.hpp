// Up to where each of the other sidecaches has been heard, for each tenant: what its gateways were told of.
//
// A mark moves when an answer to sync that named what the other had said was handed on whole; until then the same is
// asked again. Whose mark is not here is asked for everything: that costs a repetition and heals all the same, so the
// table may be bounded, and forgets the mark that moved longest ago. Thread-safe.
#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <mutex>
#include <string>

#include "proxy/peer_words.hpp"

namespace sidecache::proxy {

class peer_marks {
 public:
  explicit peer_marks(std::size_t max = 8192) : max_(max) {}

  [[nodiscard]] peer_mark of(const tenant& whose, const std::string& peer) const;
  void move(const tenant& whose, const std::string& peer, peer_mark to);
  [[nodiscard]] std::size_t size() const;

 private:
  struct key {
    std::string peer;
    std::string organisation;
    std::uint64_t client;
    auto operator<=>(const key&) const = default;
  };
  struct line {
    peer_mark mark;
    std::list<key>::iterator place;
  };
  std::size_t max_;
  mutable std::mutex mutex_;
  std::map<key, line> lines_;
  std::list<key> moved_;  // the last at the back
};

}  // namespace sidecache::proxy
