// The other sidecaches over sockets: proxy::peers by HTTP/1.1 on their admin listeners.
//
// Theory of operation: every address of every URL is asked at once, each on a connection of its own that ends with the
// answer: the next question comes half a minute later. An address that two URLs have is asked once. All of it,
// connecting and TLS included, may take two seconds; a limit of bytes for an answer and of addresses stands against
// whoever else may listen there. Names are resolved in the background as the control plane's are (upstream_addresses):
// a replica that was added is asked from the sync after the next on, at the latest; by then it has little to tell.
//
// Threads: one worker's. Sweep, seal and budget outlive it; it outlives the coroutines that run (frames that are only
// destroyed with their context may come later).
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "net/buffer_budget.hpp"
#include "net/deadline_sweep.hpp"
#include "net/upstream_addresses.hpp"
#include "net/upstream_connection.hpp"
#include "net/upstream_site.hpp"
#include "proxy/peers.hpp"

namespace sidecache::net {

class peer_listeners final : public proxy::peers {
 public:
  using sites = std::vector<std::shared_ptr<const upstream_site>>;
  using resolver_maker = std::function<std::unique_ptr<name_resolver>(asio::io_context&)>;

  /// As long as one may take, and as many as are asked.
  static constexpr duration patience = std::chrono::seconds(2);
  static constexpr std::size_t most = 256;

  peer_listeners(asio::io_context& context, const sites& of, const proxy::peer_seal& seal, deadline_sweep& sweep,
                 buffer_budget::share* budget = nullptr, const resolver_maker& resolver = make_system_resolver);
  peer_listeners(const peer_listeners&) = delete;
  peer_listeners& operator=(const peer_listeners&) = delete;
  ~peer_listeners() override = default;

  asio::awaitable<void> ask(std::shared_ptr<proxy::peer_round> in) override;

 private:
  struct place {
    std::shared_ptr<const upstream_site> site;
    std::shared_ptr<upstream_addresses> addresses;
  };
  struct address {
    std::shared_ptr<const upstream_site> site;
    asio::ip::tcp::endpoint at;
  };
  using said = std::expected<proxy::peer_answer, proxy::peer_result>;

  /// Those of all names; which have none is told to the round.
  asio::awaitable<std::vector<address>> addresses(std::shared_ptr<proxy::peer_round> in, mono_time deadline);
  asio::awaitable<void> ask_one(std::shared_ptr<proxy::peer_round> in, address whom, mono_time deadline);
  asio::awaitable<said> answer_of(upstream_connection& connection, const address& whom, std::string target);

  asio::io_context& context_;
  const proxy::peer_seal& seal_;
  deadline_sweep& sweep_;
  buffer_budget::share* budget_;
  std::shared_ptr<upstream_gauge> uncounted_ = std::make_shared<upstream_gauge>();  // they are no upstream's
  std::vector<place> places_;
};

}  // namespace sidecache::net
