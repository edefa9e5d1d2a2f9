// Names that mean what a test says, when it says so.
#pragma once

#include <boost/asio/post.hpp>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/upstream_addresses.hpp"

namespace sidecache::net::in_tests {

/// What the test keeps of a resolver that its upstream owns.
struct resolutions {
  std::vector<std::string> asked;
  std::deque<name_resolver::completion> pending;
  /// If set, a resolve is answered by itself.
  name_resolver::endpoints automatic;

  void answer(boost::system::error_code error, name_resolver::endpoints found = {}) {
    auto done = std::move(pending.front());
    pending.pop_front();
    done(error, std::move(found));
  }
};

class scripted_resolver final : public name_resolver {
 public:
  scripted_resolver(asio::io_context& context, std::shared_ptr<resolutions> log)
      : context_(context), log_(std::move(log)) {}

  void resolve(const std::string& name, std::uint16_t /*port*/, completion done) override {
    log_->asked.push_back(name);
    if (log_->automatic.empty()) {
      log_->pending.push_back(std::move(done));
    } else {
      asio::post(context_, [done = std::move(done), found = log_->automatic] { done({}, found); });
    }
  }

 private:
  asio::io_context& context_;
  std::shared_ptr<resolutions> log_;
};

inline asio::ip::tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

}  // namespace sidecache::net::in_tests
