// The other sidecaches before the same gateways, as an interface, and what is asked of them while one sync passes.
//
// Theory of operation: a round belongs to one sync. Whoever implements `peers` asks each of them at once by the round's
// question, and tells the round what came. It is open until the sync's answer is there and a short while has passed
// (peer_patience); what comes later, or is no answer, moves no mark and is asked for again at the next sync. So one
// that is slow, down or out of its mind costs a count.
//
//   gateway:  GET sync ............................................ 200, with what B and C said
//   passage:      control plane: ask ............... 200 | patience ...|
//   peers:        B: ask ... said      C: ask ...................... said      D: ask ................... late
//
// Threads: a round is one worker's, that of its sync. Core outlives it.
#pragma once

#include <array>
#include <boost/asio/awaitable.hpp>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "proxy/peer_words.hpp"

namespace sidecache::proxy {

namespace asio = boost::asio;

class core;

/// What became of asking one of them. The names are the `result` label of sidecache_sync_peer_requests_total.
enum class peer_result : std::uint8_t {
  answered,     ///< and what it said was added
  late,         ///< it answered when the sync was over
  unreachable,  ///< no address, no connection, no whole answer in time
  refused,      ///< it answered that it won't: another secret, or none
  garbled,      ///< it can't be read, or is not sealed by the secret
  left_out,     ///< one too many, or too much was said already
};
constexpr std::array<std::string_view, 6> peer_result_names{"answered", "late",    "unreachable",
                                                            "refused",  "garbled", "left_out"};

/// How long an answer to sync waits for those that have not spoken by then. Gateways wait for it, and ask twice a
/// minute.
constexpr duration peer_patience = std::chrono::milliseconds{500};
/// Of them all, in one round: as many as a sidecache lists itself.
constexpr std::size_t most_peer_names = 65'536;

class peer_round {
 public:
  peer_round(core& by, tenant whose) : core_(by), whose_(std::move(whose)) {}
  peer_round(const peer_round&) = delete;
  peer_round& operator=(const peer_round&) = delete;

  [[nodiscard]] peer_question question_to(const std::string& peer) const;
  /// Once for each that was asked; the name is the caller's to choose, and to keep.
  void heard(const std::string& peer, std::expected<peer_answer, peer_result> came);

  /// Nothing is added any more.
  void close() { open_ = false; }
  /// What was said by now. Once.
  [[nodiscard]] std::vector<sync_addition> take_names() { return std::move(names_); }
  /// An answer that names it was handed on whole.
  void handed_on();

 private:
  core& core_;
  tenant whose_;
  bool open_ = true;
  std::vector<sync_addition> names_;
  std::map<std::string, peer_mark> upto_;
};

class peers {
 public:
  virtual ~peers() = default;
  /// Asks all of them. Returns when the last was heard of; the round may be closed before. Runs to its end whatever
  /// becomes of the sync, within seconds, and never throws but for bugs.
  virtual asio::awaitable<void> ask(std::shared_ptr<peer_round> in) = 0;
};

}  // namespace sidecache::proxy
