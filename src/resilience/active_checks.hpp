// Asks each upstream for a path now and then, so that its breaker knows how it is before anybody needs it.
//
// Theory of operation: one alarm an upstream. A check takes a permit as any attempt does, so it counts in the window
// while the breaker is closed, is not made while it is open, and is its probe once one is due: checks and lookups
// together probe no more than the breaker allows. One check of an upstream at a time; one that is due while the last is
// under way is left out. It carries no credentials, and any answer but a 5xx is good.
// Threads: one worker's, which checks for all. Everything given to it outlives it; it outlives its coroutines.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/alarms.hpp"
#include "proxy/origin.hpp"
#include "resilience/upstream_group.hpp"

namespace sidecache::resilience {

namespace asio = boost::asio;

struct check_settings {
  std::string path;  ///< "": no checks
  duration interval = std::chrono::seconds(5);
  duration timeout = std::chrono::seconds(8);
};

class active_checks {
 public:
  active_checks(asio::any_io_executor executor, std::vector<proxy::origin*> inner, upstream_group& group,
                check_settings settings, const clock& time, alarms& wake);
  active_checks(const active_checks&) = delete;
  active_checks& operator=(const active_checks&) = delete;

 private:
  struct subject {
    std::unique_ptr<alarm> next;
    bool under_way = false;
  };

  void check_later(std::size_t index);
  void check(std::size_t index);
  asio::awaitable<void> ask(std::size_t index, upstream_group::permit permit);

  asio::any_io_executor executor_;
  std::vector<proxy::origin*> inner_;
  upstream_group& group_;
  check_settings settings_;
  const clock& clock_;
  alarms& alarms_;
  std::vector<subject> subjects_;
};

}  // namespace sidecache::resilience
