#include "net/server.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <future>

#include "net/listener.hpp"
#include "net/session.hpp"

namespace sidecache::net {

class server::core : public std::enable_shared_from_this<core> {
 public:
  core(worker_pool& pool, const session_limits& limits)
      : limits_(limits),
        home_(pool.at(0)),
        places_(
            limits.connections, [this] { on_home([](core& c) { c.resume(); }); },
            [this] { on_home([](core& c) { c.finish_if_empty(); }); }),
        clients_(limits.connections_per_client, limits.connections),
        last_call_(std::make_unique<asio::steady_timer>(home_.context)),
        grace_(std::make_unique<asio::steady_timer>(home_.context)) {}

  void add_host(worker& on, proxy::handler& handler, proxy::observer& observer) {
    hosts_.push_back(std::make_unique<session_host>(on, handler, observer, limits_, places_));
  }
  void add_listener(worker_pool& pool, listen_place place) {
    listeners_.push_back(std::make_unique<listener>(pool, std::move(place), places_,
                                                    [this, tls = place.tls](listener::socket client, worker& target) {
                                                      hand_over(std::move(client), target, tls);
                                                    }));
  }
  void open() {
    for (const auto& each : listeners_) each->open();
    on_home([](core& c) { c.resume(); });
  }
  void drain(duration grace, std::function<void()> done, queued waiting) {
    on_home([grace, waiting, told = std::move(done)](core& c) mutable {
      c.when_done_.push_back(std::move(told));
      c.begin_drain(grace, waiting);
      c.finish_if_empty();
    });
  }

  [[nodiscard]] const permits& places() const { return places_; }
  [[nodiscard]] const client_counts& clients() const { return clients_; }
  [[nodiscard]] const std::vector<std::unique_ptr<listener>>& listeners() const { return listeners_; }

 private:
  template <class Action>
  void on_home(Action action) {
    asio::post(home_.context, [self = shared_from_this(), act = std::move(action)]() mutable { act(*self); });
  }
  void on_hosts(void (session_host::*action)()) {
    for (const auto& host : hosts_)
      asio::post(host->home.context, [self = shared_from_this(), at = host.get(), action] { (at->*action)(); });
  }

  void hand_over(listener::socket client, worker& target, server_tls* tls) {
    // Closed without a word: an answer would cost what the limit is there to save, and a TLS client could not read it.
    auto place = place_for(client);
    if (!place) return places_.give_back();
    target.connections.fetch_add(1, std::memory_order_relaxed);  // here: the next accept chooses by it at once
    asio::post(target.context, [self = shared_from_this(), host = hosts_[target.index].get(),
                                socket = std::move(client), mine = std::move(*place), tls]() mutable {
      session::start(self, *host, std::move(socket), std::move(mine), tls);
    });
  }
  std::optional<client_counts::place> place_for(const listener::socket& client) {
    boost::system::error_code gone;
    const auto peer = client.remote_endpoint(gone);
    return gone ? client_counts::place() : clients_.try_take(peer);
  }

  // From here on the home worker only.
  void resume() {
    for (const auto& each : listeners_) each->resume();
  }
  void begin_drain(duration grace, queued waiting) {
    if (!std::exchange(draining_, true)) {
      on_hosts(&session_host::drain);  // first: who comes out of the queue finds it so
      for (const auto& each : listeners_) waiting == queued::served_here ? each->drain() : each->close();
      last_call_->expires_after(limits_.last_call);
      last_call_->async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
        if (!cancelled) self->on_hosts(&session_host::end_last_call);
      });
    } else if (!grace_ || std::chrono::steady_clock::now() + grace >= grace_->expiry()) {
      return;
    }
    grace_->expires_after(grace);
    grace_->async_wait([self = shared_from_this()](const boost::system::error_code& cancelled) {
      if (!cancelled) self->on_hosts(&session_host::abort);
    });
  }
  void finish_if_empty() {
    if (draining_ && places_.taken() == 0) on_home([](core& c) { c.finish(); });
  }
  /// Runs after every handler that was ready when the last session ended. What has to be freed before the contexts go
  /// is freed here: something posted may keep this object alive until they do.
  void finish() {
    grace_.reset();
    last_call_.reset();
    for (const auto& each : listeners_) each->release();
    const auto told = std::exchange(when_done_, {});
    for (const auto& done : told) done();
  }

  session_limits limits_;
  worker& home_;
  permits places_;
  client_counts clients_;
  std::vector<std::unique_ptr<session_host>> hosts_;  // by worker
  std::vector<std::unique_ptr<listener>> listeners_;
  std::unique_ptr<asio::steady_timer> last_call_;  // none of both once finished
  std::unique_ptr<asio::steady_timer> grace_;
  bool draining_ = false;
  std::vector<std::function<void()>> when_done_;
};

server::server(worker_pool& pool, std::vector<listen_place> places, const handler_of& handlers,
               const observer_of& observers, session_limits limits)
    : pool_(pool), core_(std::make_shared<core>(pool, limits)) {
  for (std::size_t i = 0; i < pool.size(); ++i) core_->add_host(pool.at(i), handlers(i), observers(i));
  for (auto& place : places) core_->add_listener(pool, std::move(place));
}

server::~server() {
  std::promise<void> ended;
  drain(duration::zero(), [&ended] { ended.set_value(); });
  auto future = ended.get_future();
  while (!pool_.running() && future.wait_for(std::chrono::seconds(0)) != std::future_status::ready) pool_.poll();
  future.wait();
}

void server::open() { core_->open(); }

std::vector<listen_address> server::addresses() const {
  std::vector<listen_address> all;
  for (const auto& each : core_->listeners()) all.push_back(each->address());
  return all;
}

std::uint16_t server::port(std::size_t i) const { return core_->listeners().at(i)->address().port; }

void server::drain(duration grace, std::function<void()> done, queued waiting) {
  core_->drain(grace, std::move(done), waiting);
}

std::size_t server::connections() const { return core_->places().taken(); }

std::uint64_t server::pauses_at_limit() const {
  std::uint64_t all = 0;
  for (const auto& each : core_->listeners()) all += each->pauses_at_limit();
  return all;
}

std::uint64_t server::refused_for_client() const { return core_->clients().refused(); }

std::uint64_t server::accept_errors() const {
  std::uint64_t all = 0;
  for (const auto& each : core_->listeners()) all += each->errors();
  return all;
}

}  // namespace sidecache::net
