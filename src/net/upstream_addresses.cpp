#include "net/upstream_addresses.hpp"

#include <algorithm>
#include <chrono>

#include "base/asio/as_result.hpp"

namespace sidecache::net {
namespace {

constexpr auto pause_after_failure = std::chrono::seconds(1);

class system_resolver final : public name_resolver {
 public:
  explicit system_resolver(asio::io_context& context) : resolver_(context) {}

  void resolve(const std::string& name, std::uint16_t port, completion done) override {
    // address_configured: no IPv6 addresses on a machine that has no IPv6 beyond loopback.
    resolver_.async_resolve(
        name, std::to_string(port),
        asio::ip::resolver_base::numeric_service | asio::ip::resolver_base::address_configured,
        [name, port, done = std::move(done)](const boost::system::error_code& error, const auto& results) {
          endpoints found;
          for (const auto& result : results) found.push_back(result.endpoint());
          // A bare root may have no /etc/hosts; localhost is loopback all the same (RFC 6761 §6.3).
          if (error && name == "localhost")
            return done({}, {{asio::ip::address_v4::loopback(), port}, {asio::ip::address_v6::loopback(), port}});
          done(error, std::move(found));
        });
  }

 private:
  asio::ip::tcp::resolver resolver_;
};

}  // namespace

std::unique_ptr<name_resolver> make_system_resolver(asio::io_context& context) {
  return std::make_unique<system_resolver>(context);
}

upstream_addresses::upstream_addresses(asio::io_context& context, const upstream_url& url,
                                       std::unique_ptr<name_resolver> resolver, duration interval)
    : context_(&context), name_(url.lookup_name), port_(url.port), interval_(interval) {
  if (url.is_address) {
    known_.emplace_back(asio::ip::make_address(url.host), url.port);
  } else {
    resolver_ = std::move(resolver);
  }
}

asio::awaitable<std::expected<name_resolver::endpoints, proxy::failure>> upstream_addresses::get(mono_time deadline) {
  start_resolve_if_due();
  if (known_.empty() && resolving_) {
    waiter self(*context_);
    self.timer.expires_at(deadline);
    waiting_.push_back(self);
    const auto [error] = co_await self.timer.async_wait(as_result);
    if (!error && known_.empty())
      co_return std::unexpected(
          proxy::failure{proxy::failure_kind::timeout, false, "the name " + name_ + " was not resolved in time"});
  }
  if (known_.empty())
    co_return std::unexpected(
        proxy::failure{proxy::failure_kind::connect, false, "cannot resolve " + name_ + ": " + last_error_.message()});
  co_return known_;
}

void upstream_addresses::worked(const asio::ip::tcp::endpoint& endpoint) {
  const auto at = std::ranges::find(known_, endpoint);
  if (at != known_.end()) std::rotate(known_.begin(), at, at + 1);
}

void upstream_addresses::none_worked() {
  due_ = std::min(due_, std::chrono::steady_clock::now() + pause_after_failure);
}

void upstream_addresses::start_resolve_if_due() {
  if (!resolver_ || resolving_ || std::chrono::steady_clock::now() < due_) return;
  resolving_ = true;
  resolver_->resolve(name_, port_,
                     [weak = weak_from_this()](const boost::system::error_code& error, name_resolver::endpoints found) {
                       if (const auto self = weak.lock()) self->finish_resolve(error, std::move(found));
                     });
}

void upstream_addresses::finish_resolve(const boost::system::error_code& error, name_resolver::endpoints found) {
  resolving_ = false;
  last_error_ = error ? error : asio::error::host_not_found;
  const bool good = !error && !found.empty();
  due_ = std::chrono::steady_clock::now() + (good ? interval_ : std::min<duration>(interval_, pause_after_failure));
  if (good) {
    // The one that is known to work stays in front if the name still has it.
    const auto favourite = known_.empty() ? found.front() : known_.front();
    known_ = std::move(found);
    worked(favourite);
  }
  while (!waiting_.empty()) {
    waiter& next = waiting_.front();
    next.unlink();
    next.timer.cancel();
  }
}

}  // namespace sidecache::net
