#include "proxy/peers.hpp"

#include <iterator>

#include "proxy/core.hpp"

namespace sidecache::proxy {

peer_question peer_round::question_to(const std::string& peer) const {
  return {.whose = whose_, .told = core_.peers_told().of(whose_, peer)};
}

void peer_round::heard(const std::string& peer, std::expected<peer_answer, peer_result> came) {
  if (!came) return core_.count(came.error());
  if (!open_) return core_.count(peer_result::late);
  if (names_.size() + came->named.size() > most_peer_names) return core_.count(peer_result::left_out);
  core_.count(peer_result::answered);
  std::ranges::move(came->named, std::back_inserter(names_));
  upto_[peer] = std::move(came->upto);
}

void peer_round::handed_on() {
  for (const auto& [peer, upto] : upto_) core_.peers_told().move(whose_, peer, upto);
}

}  // namespace sidecache::proxy
