// Where other sidecaches ask what this one has served stale (proxy/peer_words.hpp says how).
//
// They come by addresses and names of the cluster, which browser_guard would take for a page's own: so this path does
// not pass it. It needs no guard: what is asked for has to be sealed by the secret that the sidecaches share, which
// neither a page nor a stranger has, and a page of another origin can't read the answer either. Who has no seal learns
// nothing, not even whether there is anything; a question that was overheard and is asked again is answered by names
// alone, as GET /api/stale-served is. Thread-safe, if `tell` is.
#pragma once

#include <functional>

#include "http/message.hpp"
#include "proxy/exchange.hpp"
#include "proxy/peer_words.hpp"

namespace sidecache::admin {

class peer_desk {
 public:
  using teller = std::function<proxy::peer_answer(const proxy::peer_question&)>;

  peer_desk(proxy::peer_seal seal, teller tell) : seal_(seal), tell_(std::move(tell)) {}

  /// Of any request for that path.
  [[nodiscard]] proxy::answer answer(const http::request_head& request) const;

 private:
  proxy::peer_seal seal_;
  teller tell_;
};

}  // namespace sidecache::admin
