// Asks for sync under an identifier of this process's own, so that it hears of changes whichever way the gateways' own
// sync goes.
//
// Theory of operation: one alarm; each poll is asked once, like a gateway's sync, and what it names is dropped. The
// identifier is the caller's to keep across restarts: the control plane hands out what has changed since it last asked.
// A poll that is due while the last is under way is left out. Threads: one worker's; what it is given outlives it, and
// it outlives its coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>

#include "base/alarms.hpp"
#include "base/random_source.hpp"
#include "base/secret.hpp"
#include "proxy/core.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

struct poll_settings {
  std::string path;        ///< "/v1/organisation/O/sync/N?version=V"; "": no polls
  std::string identifier;  ///< goes to the end of its query
  duration interval = std::chrono::seconds{30};
};

class sync_poll {
 public:
  /// `credential`: the value of Authorization. `ids`: of its requests, as of a proxy_handler's.
  sync_poll(core& by, origin& of, const clock& time, alarms& wake, asio::any_io_executor on, poll_settings settings,
            secret credential, random_source ids = random_source(0));
  sync_poll(const sync_poll&) = delete;
  sync_poll& operator=(const sync_poll&) = delete;

 private:
  void later();
  void poll();
  asio::awaitable<void> ask();

  core& core_;
  origin& origin_;
  const clock& clock_;
  alarms& alarms_;
  asio::any_io_executor executor_;
  poll_settings settings_;
  secret credential_;
  random_source ids_;
  std::string organisation_;
  std::unique_ptr<alarm> next_;
  bool under_way_ = false;
};

}  // namespace sidecache::proxy
