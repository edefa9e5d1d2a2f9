// upstream's relay(), and the first half of it that takes no coroutine.
#include "http/head_parser.hpp"
#include "net/upstream_attempt.hpp"
#include "net/upstream_relay.hpp"
#include "net/upstream_request_head.hpp"

namespace sidecache::net {

using proxy::failure;
using proxy::failure_kind;

class upstream::sent_relay final : public proxy::begun_relay {
 public:
  sent_relay(upstream& of, sent_request what, bool gzip) : sent_(std::move(what)), of_(of), accepts_gzip_(gzip) {}
  ~sent_relay() override {
    if (over_) std::move(sent_.place).keep();
  }

  std::optional<proxy::whole_answer> take(std::string& head) override {
    upstream_connection& connection = sent_.connection();
    auto rest = connection.unread();
    const auto size = http::find_head_end(rest, 0);
    if (!size) return std::nullopt;
    const auto found = http::append_passed_head(rest.substr(0, *size), head);
    if (!found) return std::nullopt;
    rest.remove_prefix(*size);
    if (!may_go_on(*found) || rest.size() != found->length) return std::nullopt;
    connection.consume(*size + rest.size());
    connection.read_by({});
    sent_.current.answered(found->status);
    over_ = true;
    return proxy::whole_answer{*found, rest};
  }
  void give_up() override {
    static_cast<void>(sent_.current.failed({failure_kind::reset, true, "given up"}));
    sent_.place.drop_connection();
  }
  asio::awaitable<ended> go_on(proxy::upstream_request request, proxy::body_source& body,
                               proxy::answer_sink& sink) override {
    return of_.relay_from(std::move(request), body, sink, &sent_);
  }

 private:
  /// A 407 of an egress proxy is not the client's to see, and gzip is undone for who does not take it.
  [[nodiscard]] bool may_go_on(const http::passed_head& head) const {
    if (head.status == 407 && of_.site_->reading_proxy() != nullptr) return false;
    return accepts_gzip_ || !head.coded;
  }

  sent_request sent_;
  upstream& of_;
  bool accepts_gzip_;
  bool over_ = false;
};

std::optional<upstream::sent_request> upstream::send_ready(upstream_pool& places, const proxy::ready_request& request) {
  if (site_->tls || is_full()) return std::nullopt;
  auto place = places.try_acquire();
  if (!place || place->connection() == nullptr) return std::nullopt;
  wiped_text head(upstream_request_head(request, site_->url, site_->reading_proxy()));
  const attempt current(observer_, request.route);
  place->connection()->begin_request();
  std::string_view unsent = head.bytes;
  const auto error = place->connection()->write_now(unsent);
  // What the kernel took of a head in part was no request: closing takes it back. Of an error nothing was sent at all.
  if (!error || *error) return std::nullopt;
  return sent_request{std::move(*place), current, std::move(head)};
}

std::unique_ptr<proxy::begun_relay> upstream::begin_relay(const proxy::ready_request& request,
                                                          const std::shared_ptr<proxy::answer_waiter>& told) {
  auto sent = send_ready(*relays_, request);
  if (!sent) return nullptr;
  upstream_connection& connection = sent->connection();
  connection.read_by(sent->current.begun() + site_->settings.request_timeout);
  connection.read_then([told] { told->answer_came(); });
  return std::make_unique<sent_relay>(*this, std::move(*sent), request.accepts_gzip);
}

asio::awaitable<upstream::ended> upstream::relay(proxy::upstream_request request, proxy::body_source& body,
                                                 proxy::answer_sink& sink) {
  return relay_from(std::move(request), body, sink, nullptr);
}

asio::awaitable<upstream::ended> upstream::relay_from(proxy::upstream_request request, proxy::body_source& body,
                                                      proxy::answer_sink& sink, sent_request* begun) {
  const auto deadline = std::chrono::steady_clock::now() + site_->settings.request_timeout;
  std::optional<wiped_text> head;
  std::optional<upstream_pool::lease> place;
  if (begun) {
    head.emplace(std::move(begun->head));
    place.emplace(std::move(begun->place));
  } else {
    auto made = upstream_request_head(request, site_->url, site_->reading_proxy());
    if (!made) co_return std::unexpected(failure{failure_kind::protocol, false, std::move(made.error())});
    head.emplace(std::move(*made));
    attempt waiting(observer_, request.route);
    if (is_full()) co_return std::unexpected(waiting.failed(no_memory(false)));
    if (auto at_once = relays_->try_acquire()) {
      place.emplace(std::move(*at_once));
    } else {
      auto later = co_await relays_->acquire(deadline);
      if (!later) co_return std::unexpected(waiting.failed(std::move(later.error())));
      place.emplace(std::move(*later));
    }
  }

  for (bool repeated = false;; repeated = true) {
    const auto* const under_way = std::exchange(begun, nullptr);
    attempt current = under_way ? under_way->current : attempt(observer_, request.route);
    if (!under_way) {
      if (place->connection() == nullptr)
        if (auto connected = co_await connect(*place, deadline); !connected)
          co_return std::unexpected(current.failed(std::move(connected.error())));
      place->connection()->begin_request();
    }
    upstream_relay run(*place->connection(), site_->settings, request, body, sink);
    const auto result = under_way ? co_await run.go_on(under_way->current.begun() + site_->settings.request_timeout)
                                  : co_await run.run(head->bytes);
    if (result == upstream_relay::result::upstream_failed) {
      auto why = current.failed(run.why());
      const bool died_unanswered = why.kind == failure_kind::reset && !run.answer_begun();
      if (repeated || !may_be_sent_again(request) || !place->reused() || !died_unanswered)
        co_return std::unexpected(std::move(why));
      place->drop_connection();
      continue;
    }
    // What came of the answer before a client left did come: its status counts.
    if (run.status() != 0) current.answered(run.status());
    if (result == upstream_relay::result::client_left) co_return std::unexpected(run.why());
    if (run.connection_reusable()) std::move(*place).keep();
    co_return ended{};
  }
}

}  // namespace sidecache::net
