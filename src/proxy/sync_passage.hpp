// The way of a gateway's sync to the control plane and back: asked once, read to its end whatever becomes of the
// gateway, and what it names is forgotten here before the gateway hears of it.
//
// Theory of operation: sync is handed out once, so it belongs to no client. A coroutine of its own asks
// (upstream_request::once: unshared, unretried, on a fresh connection), has core settle what came, and wakes whoever
// still waits. An answer that a gateway did not take whole was handed out all the same: what it named is dropped here,
// and stays among what is to be named again (stale_served). Where healing is on, other sidecaches are asked meanwhile
// for what they have served stale (peers.hpp), and waited for a little.
//
//   gateway:  GET sync ... waits .................................... 200, healed
//   passage:       ask once ......... settle: drop ... patience ...... wake
//   peers:         ask each ....................... said
//   lookup:    (asked before: overtaken)      (from here on: none but what is asked for anew)
//
// Threads: one worker's. Core, origin, peers and alarms outlive every coroutine that runs.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <expected>

#include "base/alarms.hpp"
#include "base/random_source.hpp"
#include "proxy/core.hpp"
#include "proxy/exchange.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

/// One that asks for sync.
struct sync_request {
  tenant whose;
  std::string identifier;  ///< of the fleet of gateways that asks
  upstream_request request;
  instant sent;
};

/// As a gateway's request says, without what would make its answer another than the whole one.
[[nodiscard]] sync_request make_sync_request(upstream_request passed, const tenant& whose, instant now);

/// Who is asked, and what by.
struct sync_ways {
  origin& control_plane;
  peers* others;  ///< null: none
  alarms& clocks;
  asio::any_io_executor on;
};

struct passed_sync {
  upstream_answer answer;                ///< its body is what is to be handed on
  std::optional<std::uint64_t> told_to;  ///< for core::sync_handed_on(), once it was
  std::shared_ptr<peer_round> round;     ///< the same; null: nobody else was asked
};

/// Asks and settles in a coroutine of its own, which goes on if the one that waits is cancelled; nothing came then.
[[nodiscard]] asio::awaitable<std::expected<passed_sync, failure>> pass_sync(core& by, sync_ways ways,
                                                                             sync_request what);

/// The same for a client, who gets what came.
[[nodiscard]] asio::awaitable<void> answer_sync(core& by, sync_ways ways, exchange& client, plan made,
                                                random_source& ids);

}  // namespace sidecache::proxy
