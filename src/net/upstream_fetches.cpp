// upstream's fetch(), and the first half of it that takes no coroutine.
#include <algorithm>
#include <array>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <optional>

#include "http/content_coding.hpp"
#include "http/head_parser.hpp"
#include "http/inflater.hpp"
#include "net/upstream_attempt.hpp"
#include "net/upstream_request_head.hpp"

namespace sidecache::net {

using proxy::failure;
using proxy::failure_kind;

namespace {

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

/// A fetch on its way.
class upstream::sent_fetch final : public proxy::begun_fetch {
 public:
  sent_fetch(upstream& of, sent_request what, std::uint64_t most)
      : sent_(std::move(what)), of_(of), max_body_bytes_(most) {}

  std::optional<proxy::upstream_answer> take() override {
    upstream_connection& connection = sent_.connection();
    const auto unread = connection.unread();
    const auto size = http::find_head_end(unread, 0);
    if (!size || of_.is_full()) return std::nullopt;
    proxy::upstream_answer answer;
    if (!http::parse_response_head(unread.substr(0, *size), http::method::get, answer.head)) return std::nullopt;
    const auto body = unread.substr(*size);
    if (!is_whole(answer.head, body)) return std::nullopt;
    answer.body.assign(body);
    connection.consume(unread.size());
    connection.read_by({});
    sent_.current.answered(answer.head.status);
    std::move(sent_.place).keep();
    return answer;
  }
  asio::awaitable<fetched> go_on(proxy::upstream_request request) override {
    return of_.fetch_from(std::move(request), max_body_bytes_, &sent_);
  }

 private:
  /// And nothing else is to be done about it: whole_body and upstream_response know what there might be.
  [[nodiscard]] bool is_whole(const http::response_head& head, std::string_view body) const {
    if (head.status < 200 || (head.status == 407 && sent_.connection().is_read_by_proxy())) return false;
    if (head.body != http::framing::length || head.content_length != body.size()) return false;
    return body.size() <= max_body_bytes_ && upstream_response::persists(head) && !http::is_undoable_gzip(head);
  }

  sent_request sent_;
  upstream& of_;
  std::uint64_t max_body_bytes_;
};

std::unique_ptr<proxy::begun_fetch> upstream::begin_fetch(const proxy::ready_request& request,
                                                          std::uint64_t max_body_bytes,
                                                          const std::shared_ptr<proxy::answer_waiter>& told) {
  auto sent = send_ready(*lookups_, request);
  if (!sent) return nullptr;
  upstream_connection& connection = sent->connection();
  connection.read_by(fetch_deadline(request.deadline, sent->current.begun()));
  connection.read_then([told] { told->answer_came(); });
  return std::make_unique<sent_fetch>(*this, std::move(*sent), max_body_bytes);
}

mono_time upstream::fetch_deadline(mono_time asked_for, mono_time begun) const {
  return std::min(asked_for, begun + site_->settings.request_timeout);
}

asio::awaitable<upstream::fetched> upstream::fetch(proxy::upstream_request request, std::uint64_t max_body_bytes) {
  return fetch_from(std::move(request), max_body_bytes, nullptr);
}

asio::awaitable<upstream::fetched> upstream::fetch_from(proxy::upstream_request request, std::uint64_t max_body_bytes,
                                                        sent_request* begun) {
  const auto deadline =
      fetch_deadline(request.deadline, begun ? begun->current.begun() : std::chrono::steady_clock::now());
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
    if (auto at_once = lookups_->try_acquire()) {
      place.emplace(std::move(*at_once));
    } else {
      auto later = co_await lookups_->acquire(deadline);
      if (!later) co_return std::unexpected(waiting.failed(std::move(later.error())));
      place.emplace(std::move(*later));
    }
  }

  if (request.once) place->drop_connection();  // one that was idle may be gone, which only sending would show
  for (bool repeated = false;; repeated = true) {
    const auto* const under_way = std::exchange(begun, nullptr);
    attempt current = under_way ? under_way->current : attempt(observer_, request.route);
    if (place->connection() == nullptr)
      if (auto connected = co_await connect(*place, deadline); !connected)
        co_return std::unexpected(current.failed(std::move(connected.error())));
    upstream_connection& connection = *place->connection();
    if (!under_way) connection.begin_request();
    connection.read_by(deadline);
    upstream_response response(connection, request.method);
    auto answer = co_await ask(connection, response, under_way ? "" : std::string_view(head->bytes), max_body_bytes);
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
                                                 std::string_view unsent, std::uint64_t max_body_bytes) {
  if (!unsent.empty()) {
    auto error = connection.write_now(unsent);
    if (!error) {
      const std::array buffers{asio::buffer(unsent)};
      error = co_await connection.write(buffers);
    }
    if (*error) co_return std::unexpected(connection.failure(*error));
  }
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
