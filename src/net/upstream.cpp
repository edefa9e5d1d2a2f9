#include "net/upstream.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <optional>

#include "http/content_coding.hpp"
#include "http/inflater.hpp"
#include "net/connect_race.hpp"
#include "net/upstream_attempt.hpp"
#include "net/upstream_request_head.hpp"
#include "net/upstream_tunnel.hpp"

namespace sidecache::net {
namespace {

using proxy::failure;
using proxy::failure_kind;

/// An answer that is collected in memory, with gzip undone and a limit on what comes out of it.
struct whole_body {
  proxy::upstream_answer answer;

  whole_body(http::response_head head, std::uint64_t limit, buffer_budget::share* budget)
      : answer{std::move(head), {}}, limit_(limit), held_(budget) {
    if (http::is_undoable_gzip(answer.head)) undo_ = std::make_unique<http::inflater>();
  }

  std::optional<failure> add(std::string_view piece) {
    // A length over the limit ends it at the first piece: why read the rest?
    if (answer.head.body == http::framing::length && answer.head.content_length > limit_) return over_limit();
    if (!undo_) return append(piece);
    undo_->feed(piece);
    while (true) {
      const auto plain = undo_->next();
      if (!plain) return failure{failure_kind::protocol, true, plain.error()};
      if (plain->empty()) return std::nullopt;
      if (auto problem = append(*plain)) return problem;
    }
  }

  std::optional<failure> end() {
    if (!undo_) return std::nullopt;
    if (!undo_->complete()) return failure{failure_kind::protocol, true, "the gzip body ends too early"};
    http::undo_gzip(answer.head);
    if (answer.head.body == http::framing::none) return std::nullopt;
    answer.head.body = http::framing::length;
    answer.head.content_length = answer.body.size();
    answer.head.fields.set("Content-Length", std::to_string(answer.body.size()));
    return std::nullopt;
  }

 private:
  std::optional<failure> append(std::string_view piece) {
    if (piece.size() > limit_ - answer.body.size()) return over_limit();
    if (piece.size() > answer.body.capacity() - answer.body.size()) {
      if (held_.all_spent()) return no_memory(true);
      // One allocation where the length is known, and no copies left behind.
      if (!undo_ && answer.head.body == http::framing::length) answer.body.reserve(answer.head.content_length);
    }
    answer.body.append(piece);
    held_.resize(answer.body.capacity());
    return std::nullopt;
  }
  [[nodiscard]] failure over_limit() const {
    return {failure_kind::too_large, true, "a body of more than " + std::to_string(limit_) + " bytes"};
  }

  std::uint64_t limit_;
  buffer_budget::claim held_;
  std::unique_ptr<http::inflater> undo_;
};

}  // namespace

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

asio::awaitable<upstream::fetched> upstream::fetch(proxy::upstream_request request, std::uint64_t max_body_bytes) {
  const auto deadline = std::min(request.deadline, std::chrono::steady_clock::now() + site_->settings.request_timeout);
  auto made = upstream_request_head(request, site_->url, site_->reading_proxy());
  if (!made) co_return std::unexpected(failure{failure_kind::protocol, false, std::move(made.error())});
  const wiped_text head{std::move(*made)};
  attempt waiting(observer_, request.route);
  if (is_full()) co_return std::unexpected(waiting.failed(no_memory(false)));
  auto place = lookups_->try_acquire();
  if (!place) {
    auto later = co_await lookups_->acquire(deadline);
    if (!later) co_return std::unexpected(waiting.failed(std::move(later.error())));
    place.emplace(std::move(*later));
  }

  if (request.once) place->drop_connection();  // one that was idle may be gone, which only sending would show
  for (bool repeated = false;; repeated = true) {
    attempt current(observer_, request.route);
    if (place->connection() == nullptr)
      if (auto connected = co_await connect(*place, deadline); !connected)
        co_return std::unexpected(current.failed(std::move(connected.error())));
    upstream_connection& connection = *place->connection();
    connection.begin_request();
    connection.read_by(deadline);
    upstream_response response(connection, request.method);
    auto answer = co_await ask(connection, response, head.bytes, max_body_bytes);
    if (answer) {
      current.answered(answer->head.status);
      if (response.reusable()) std::move(*place).keep();
      co_return answer;
    }
    // Stopped by whoever asked (a hedge that lost): nobody's failure.
    if ((co_await asio::this_coro::cancellation_state).cancelled() != asio::cancellation_type::none) co_return answer;
    answer.error() = current.failed(std::move(answer.error()));
    const bool died_unanswered = answer.error().kind == failure_kind::reset && !response.begun();
    if (repeated || !may_be_sent_again(request) || !place->reused() || !died_unanswered) co_return answer;
    place->drop_connection();
  }
}

asio::awaitable<upstream::fetched> upstream::ask(upstream_connection& connection, upstream_response& response,
                                                 std::string_view request_head, std::uint64_t max_body_bytes) {
  auto error = connection.write_now(request_head);
  if (!error) {
    const std::array buffers{asio::buffer(request_head)};
    error = co_await connection.write(buffers);
  }
  if (*error) co_return std::unexpected(connection.failure(*error));
  auto head = co_await response.head();
  if (!head) co_return std::unexpected(std::move(head.error()));
  whole_body body(std::move(*head), max_body_bytes, budget_);
  while (true) {
    auto piece = co_await response.next();
    if (!piece) co_return std::unexpected(std::move(piece.error()));
    const bool last = piece->empty();
    if (auto problem = last ? body.end() : body.add(*piece)) co_return std::unexpected(std::move(*problem));
    if (last) co_return std::move(body.answer);
  }
}

}  // namespace sidecache::net
