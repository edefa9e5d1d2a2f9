#include "net/upstream.hpp"

#include <algorithm>
#include <chrono>

#include "net/connect_race.hpp"
#include "net/upstream_tunnel.hpp"

namespace sidecache::net {

using proxy::failure;
using proxy::failure_kind;

upstream::upstream(asio::io_context& context, std::shared_ptr<const upstream_site> site, deadline_sweep& sweep,
                   proxy::observer& observer, std::unique_ptr<name_resolver> resolver, buffer_budget::share* budget)
    : context_(context),
      site_(std::move(site)),
      sweep_(sweep),
      observer_(observer),
      budget_(budget),
      gauge_(std::make_shared<upstream_gauge>(&observer)) {
  const auto& settings = site_->settings;
  if (!resolver) resolver = make_system_resolver(context);
  addresses_ =
      std::make_shared<upstream_addresses>(context, site_->peer(), std::move(resolver), settings.resolve_interval);
  upstream_pool::limits limits{settings.max_connections, settings.max_pending, settings.idle_timeout};
  lookups_ = std::make_shared<upstream_pool>(context, limits);
  limits.max_connections = settings.max_relay_connections;
  relays_ = std::make_shared<upstream_pool>(context, limits);
}

upstream::~upstream() {
  lookups_->shut_down();
  relays_->shut_down();
  gauge_->observer = nullptr;
}

asio::awaitable<upstream::ended> upstream::connect(upstream_pool::lease& place, mono_time deadline) {
  // With an egress proxy there is nobody else to connect to: what fails here is its failure.
  const auto kind = site_->proxy ? failure_kind::proxy : failure_kind::connect;
  auto addresses = co_await addresses_->get(deadline);
  if (!addresses && addresses.error().kind == failure_kind::connect) addresses.error().kind = kind;
  if (!addresses) co_return std::unexpected(std::move(addresses.error()));
  connect_race race(context_, [this, deadline] {
    auto connection = std::make_unique<upstream_connection>(context_, sweep_, site_, gauge_);
    connection->read_by(step_deadline(deadline));
    return connection;
  });
  auto won = co_await race.run(interleaved(*addresses), deadline);
  failure why{kind, false, won.error.message()};
  if (won.connection) {
    // If this fails, who answers there is not whom we want: the other addresses are its own.
    auto ready = co_await prepare(*won.connection, deadline);
    if (ready) {
      addresses_->worked(won.to);
      place.put(std::move(won.connection));
      co_return ended{};
    }
    why = std::move(ready.error());
  }
  if (std::chrono::steady_clock::now() >= deadline)
    co_return std::unexpected(failure{failure_kind::timeout, false, "no connection in time: " + why.detail});
  addresses_->none_worked();
  co_return std::unexpected(std::move(why));
}

mono_time upstream::step_deadline(mono_time deadline) const {
  return std::min(deadline, std::chrono::steady_clock::now() + site_->settings.connect_timeout);
}

asio::awaitable<upstream::ended> upstream::prepare(upstream_connection& connection, mono_time deadline) {
  if (!site_->tls) co_return ended{};
  if (const auto& proxy = site_->proxy) {
    connection.read_by(step_deadline(deadline));
    if (auto opened = co_await open_tunnel(connection, site_->url, *proxy); !opened) co_return opened;
  }
  connection.read_by(step_deadline(deadline));
  co_return co_await connection.handshake();
}

}  // namespace sidecache::net
