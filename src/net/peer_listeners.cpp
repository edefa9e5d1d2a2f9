#include "net/peer_listeners.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <set>

#include "base/asio/as_result.hpp"
#include "net/upstream_request_head.hpp"
#include "net/upstream_response.hpp"

namespace sidecache::net {
namespace {

using proxy::peer_result;

/// Half of the least interval of syncs: what is resolved then is known at the next.
constexpr duration resolve_interval = std::chrono::milliseconds(500);

std::string name_of(const asio::ip::tcp::endpoint& at) {
  const std::string host = at.address().to_string();
  return (at.address().is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(at.port());
}

/// How many are still being asked, and the end of it.
struct countdown {
  explicit countdown(asio::io_context& context, std::size_t all)
      : left(all), event(context, asio::steady_timer::time_point::max()) {}
  void one_ended() {
    if (--left == 0) event.cancel();
  }
  std::size_t left;
  asio::steady_timer event;  // never expires: cancelling it is the event
};

std::unexpected<peer_result> because(const asio::ip::tcp::endpoint& whom, peer_result what, std::string_view why) {
  // What somebody has to set right is said aloud; who is away is usual.
  const auto level = what == peer_result::unreachable ? spdlog::level::debug : spdlog::level::warn;
  spdlog::log(level, "the sidecache at {} was asked what it served stale, {}: {}", name_of(whom),
              proxy::peer_result_names[static_cast<std::size_t>(what)], why);
  return std::unexpected(what);
}

}  // namespace

peer_listeners::peer_listeners(asio::io_context& context, const sites& of, const proxy::peer_seal& seal,
                               deadline_sweep& sweep, buffer_budget::share* budget, const resolver_maker& resolver)
    : context_(context), seal_(seal), sweep_(sweep), budget_(budget) {
  for (const auto& site : of)
    places_.push_back(
        {site, std::make_shared<upstream_addresses>(context, site->url, resolver(context), resolve_interval)});
}

asio::awaitable<std::vector<peer_listeners::address>> peer_listeners::addresses(std::shared_ptr<proxy::peer_round> in,
                                                                                mono_time deadline) {
  std::vector<address> all;
  std::set<asio::ip::tcp::endpoint> seen;
  for (const place& each : places_) {
    const auto found = co_await each.addresses->get(deadline);
    if (!found) {
      spdlog::debug("{} has no address: {}", each.site->url.authority, found.error().detail);
      in->heard(each.site->url.authority, std::unexpected(peer_result::unreachable));
      continue;
    }
    for (const auto& at : *found)
      if (seen.insert(at).second) all.push_back({each.site, at});
  }
  for (std::size_t i = most; i < all.size(); ++i) in->heard(name_of(all[i].at), std::unexpected(peer_result::left_out));
  if (all.size() > most) all.resize(most);
  co_return all;
}

asio::awaitable<void> peer_listeners::ask(std::shared_ptr<proxy::peer_round> in) {
  const mono_time deadline = std::chrono::steady_clock::now() + patience;
  auto all = co_await addresses(in, deadline);
  if (all.empty()) co_return;
  const auto asked = std::make_shared<countdown>(context_, all.size());
  for (address& each : all) {
    const std::string name = name_of(each.at);
    asio::co_spawn(context_, ask_one(in, std::move(each), deadline),
                   [asked, in, name](const std::exception_ptr& error) {
                     if (error) {
                       spdlog::error("asking the sidecache at {} ended by an exception", name);
                       in->heard(name, std::unexpected(peer_result::unreachable));
                     }
                     asked->one_ended();
                   });
  }
  if (asked->left > 0) co_await asked->event.async_wait(as_result);
}

asio::awaitable<void> peer_listeners::ask_one(std::shared_ptr<proxy::peer_round> in, address whom, mono_time deadline) {
  const std::string name = name_of(whom.at);
  upstream_connection connection(context_, sweep_, whom.site, uncounted_);
  connection.read_by(deadline);
  if (const auto error = co_await connection.connect(whom.at)) {
    in->heard(name, because(whom.at, peer_result::unreachable, error.message()));
    co_return;
  }
  if (whom.site->tls) {
    if (const auto secured = co_await connection.handshake(); !secured) {
      in->heard(name, because(whom.at, peer_result::unreachable, secured.error().detail));
      co_return;
    }
  }
  auto said = co_await answer_of(connection, whom, proxy::target_of(in->question_to(name)));
  in->heard(name, std::move(said));
}

asio::awaitable<peer_listeners::said> peer_listeners::answer_of(upstream_connection& connection, const address& whom,
                                                                std::string target) {
  proxy::upstream_request request;
  request.target = target;
  request.fields.add(proxy::question_seal_field, seal_.of_question(target));
  request.fields.add("Accept", "application/json");
  const auto written = upstream_request_head(request, whom.site->url);
  if (!written) co_return because(whom.at, peer_result::refused, written.error());
  connection.begin_request();
  const std::array buffers{asio::buffer(*written)};
  if (const auto error = co_await connection.write(buffers))
    co_return because(whom.at, peer_result::unreachable, connection.failure(error).detail);

  upstream_response response(connection, request.method);
  const auto head = co_await response.head();
  if (!head) co_return because(whom.at, peer_result::unreachable, head.error().detail);
  if (head->status != 200) co_return because(whom.at, peer_result::refused, "status " + std::to_string(head->status));
  std::string body;
  buffer_budget::claim held(budget_);
  while (true) {
    const auto piece = co_await response.next();
    if (!piece) co_return because(whom.at, peer_result::unreachable, piece.error().detail);
    if (piece->empty()) break;
    if (body.size() + piece->size() > proxy::most_peer_answer_bytes)
      co_return because(whom.at, peer_result::garbled, "too long an answer");
    if (held.all_spent()) co_return because(whom.at, peer_result::left_out, "limits.buffered_bytes is reached");
    body.append(*piece);
    held.resize(body.capacity());
  }
  const auto seal = head->fields.find(proxy::answer_seal_field).value_or("");
  if (!equal_in_constant_time(seal, seal_.of_answer(target, body)))
    co_return because(whom.at, peer_result::garbled, "it is not sealed by the secret of sync.peer_secret_file");
  auto answer = proxy::read_peer_answer(body);
  if (!answer) co_return because(whom.at, peer_result::garbled, answer.error());
  co_return *std::move(answer);
}

}  // namespace sidecache::net
