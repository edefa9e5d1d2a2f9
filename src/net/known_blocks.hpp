// The header blocks that the clients of one host send again and again, with what its handler made of each.
//
// Theory of operation: a block is taken in when its like has come a second time, so that what is new in every request
// leaves no more than a number behind, and goes with the last connection that remembers it: it holds credentials.
// Bounded in blocks and bytes; the oldest goes first, and lives on as long as it is remembered. Found by a keyed hash
// of its fixed part, so that the connections of one client share it.
//
// Belongs to one worker's thread.
#pragma once

#include <array>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/siphash.hpp"
#include "http/head_block.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::net {

struct known_head {
  http::head_block block;
  std::shared_ptr<const proxy::known_block> known;
  std::uint64_t hash;  ///< of its fixed part
};

class known_blocks {
 public:
  static constexpr std::size_t most_blocks = 1024;
  static constexpr std::size_t most_bytes = std::size_t{1024} * 1024;

  known_blocks();

  /// After a request was parsed: its block, to recognise the next one by. Null: it came for the first time, or can't be
  /// answered by it.
  [[nodiscard]] std::shared_ptr<const known_head> learn(std::string_view block, const http::request_head& parsed,
                                                        proxy::handler& by);
  /// A connection does not remember it any longer.
  void leave(std::shared_ptr<const known_head>&& known);
  [[nodiscard]] std::size_t size() const { return known_.size(); }

 private:
  struct place {
    std::shared_ptr<const known_head> head;  ///< null: the handler has no use for its like
    std::list<std::uint64_t>::iterator order;
  };
  using table = std::unordered_map<std::uint64_t, place>;
  void add(std::uint64_t hash, std::shared_ptr<const known_head> made);
  void remove(table::iterator at);

  siphash_key key_;
  table known_;
  std::list<std::uint64_t> order_;  ///< the hashes of known_, the oldest first
  std::size_t bytes_ = 0;
  std::array<std::uint64_t, 1024> came_once_{};  ///< by a part of the hash
  std::string fixed_;
};

}  // namespace sidecache::net
