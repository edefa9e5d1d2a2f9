// What the sessions of one server on one worker share. On the worker's thread; outlives its sessions.
#pragma once

#include <array>
#include <boost/intrusive/list.hpp>
#include <optional>
#include <string_view>

#include "net/known_blocks.hpp"
#include "net/permits.hpp"
#include "net/session_limits.hpp"
#include "net/worker_pool.hpp"
#include "proxy/observer.hpp"

namespace sidecache::net {

class session;

/// One that is answered by its known block. Its bytes are in the worker's memory.
struct known_request {
  std::string_view target;
  std::string_view block;
  mono_time began;
};

/// What a session that has joined others has read, and then what it will answer.
struct batched_request {
  std::size_t most = 0;  ///< was asked for
  std::string_view arrived;
  known_request asked;
  std::optional<proxy::answer> made;  ///< in place, for it is large
  std::string_view body;              ///< what of it is not with the head in the worker's memory
};

using session_hook = boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>>;

struct session_host {
  worker& home;
  proxy::handler& handler;
  proxy::observer& observer;
  const session_limits& limits;
  permits& places;
  bool draining = false;        ///< whatever is answered from now on is the last answer of its connection
  bool last_call_over = false;  ///< and who is not asking anything by now is closed
  bool aborted = false;
  known_blocks blocks = {};
  std::array<batched_request, ready_set::most_joined> batch = {};  ///< by place
  boost::intrusive::list<session, boost::intrusive::base_hook<session_hook>,
                         boost::intrusive::constant_time_size<false>>
      sessions = {};

  void drain() { draining = true; }
  void end_last_call();
  /// All end now; what their handlers wait for is cancelled.
  void abort();
};

}  // namespace sidecache::net
