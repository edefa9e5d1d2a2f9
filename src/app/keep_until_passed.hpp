// How something immutable that threads read without a lock is replaced: who reads it does so within one handler and
// keeps no reference, so once a thread comes to what was posted to it after the replacement, it can't be at the old one
// any more.
#pragma once

#include <boost/asio/post.hpp>
#include <memory>

#include "net/worker_pool.hpp"

namespace sidecache::app {

/// Keeps it until every worker has ended what it was at when this was called. From any thread.
inline void keep_until_passed(net::worker_pool& workers, const std::shared_ptr<const void>& what) {
  for (std::size_t i = 0; i < workers.size(); ++i)
    boost::asio::post(workers.at(i).context, [what] { static_cast<void>(what); });
}

}  // namespace sidecache::app
