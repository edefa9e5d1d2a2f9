// What sidecaches tell each other of their stale answers, as text: the question is a request's target, the answer JSON,
// and a seal on each shows that whoever wrote it holds the secret that all of them share.
//
// Theory of operation: a sidecache numbers its stale answers in the order of their last times, and calls its numbering
// by an epoch that it draws at each start. Who asks says up to which number of which epoch its gateways were told; the
// answer has what came since, or, if that numbering is gone, everything.
//
// A tenant is told by its organisation and by a keyed hash of its Authorization. The key is made of the secret, so
// that it is the same in all that hold it, and the hash says nothing to anybody else: no credential is sent. Both seals
// are HMACs. That of a question keeps strangers and pages in browsers out, who can't make one; that of an answer covers
// the question too, so an address that was given to somebody else is noticed. Neither hides anything from who can
// listen: names of records and organisations alone are said, as /api/stale-served says them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.hpp"
#include "base/siphash.hpp"
#include "proxy/healed_sync.hpp"
#include "proxy/heard_syncs.hpp"

namespace sidecache::proxy {

/// Where a sidecache is asked by another, on its admin listener.
constexpr std::string_view peer_path = "/api/stale-served/peer";
/// The fields of the seals: a question's, and an answer's.
constexpr std::string_view question_seal_field = "Sidecache-Peer-Question";
constexpr std::string_view answer_seal_field = "Sidecache-Peer-Answer";

/// Up to where something was told: a number within a numbering.
struct peer_mark {
  std::string epoch = {};  ///< "": of none
  std::uint64_t number = 0;
  bool operator==(const peer_mark&) const = default;
};

struct peer_question {
  tenant whose;
  peer_mark told = {};
};

struct peer_answer {
  peer_mark upto;
  std::vector<sync_addition> named;
};

/// What an answer's names may take, and what is read of one at most.
constexpr std::size_t most_peer_names_bytes = std::size_t{512} << 10U;
constexpr std::uint64_t most_peer_answer_bytes = 4ULL << 20U;

[[nodiscard]] std::string target_of(const peer_question& asked);
/// The error says what was expected.
[[nodiscard]] std::expected<peer_question, std::string> read_peer_question(std::string_view target);

[[nodiscard]] std::string text_of(const peer_answer& said);
/// Families that this version does not know are left out: no list of sync's would take them.
[[nodiscard]] std::expected<peer_answer, std::string> read_peer_answer(std::string_view body);

class peer_seal {
 public:
  explicit peer_seal(const secret& shared);

  /// By which tenants' clients are told apart, in all processes alike.
  [[nodiscard]] siphash_key tenant_key() const;
  /// Hexadecimal digits, for the fields above.
  [[nodiscard]] std::string of_question(std::string_view target) const;
  [[nodiscard]] std::string of_answer(std::string_view target, std::string_view body) const;

 private:
  std::array<unsigned char, 32> key_{};
};

}  // namespace sidecache::proxy
