#include "net/session.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace sidecache::net {
namespace {

using std::chrono::steady_clock;

void log_failure(const std::exception_ptr& failure, std::string_view what) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    spdlog::error("{}: {}", what, e.what());
  } catch (...) {
    spdlog::error("{}: an exception of an unknown type", what);
  }
}

constexpr unsigned overloaded = 503;

}  // namespace

void session_host::end_last_call() {
  last_call_over = true;
  for (auto& each : sessions) each.close_if_idle();
}

void session_host::abort() {
  draining = last_call_over = aborted = true;
  // Moved aside: what is cancelled may end sessions at once.
  decltype(sessions) going;
  going.splice(going.begin(), sessions);
  while (!going.empty()) {
    session& each = going.front();
    going.pop_front();
    sessions.push_back(each);
    each.abort();
  }
}

void session::start(std::shared_ptr<void> owner, session_host& host, connection::socket client,
                    client_counts::place place, server_tls* tls) {
  auto self = std::make_shared<session>(std::move(owner), host, std::move(client), std::move(place), tls);
  asio::co_spawn(host.home.context, serve(self), [self](const std::exception_ptr& failure) {
    if (failure && !self->aborted_) log_failure(failure, "a session ended by an exception");
  });
}

session::session(std::shared_ptr<void> owner, session_host& host, connection::socket client, client_counts::place place,
                 server_tls* tls)
    : owner_(std::move(owner)),
      place_(std::move(place)),
      host_(host),
      client_(std::move(client), host.home.sweep, &host.home.buffered, tls),
      exchange_(client_, host.home, host.limits, host.draining),
      request_deadline_(host.home.sweep, [this] { request_is_late(); }) {
  host_.sessions.push_back(*this);
  host_.observer.client_connections(1);
}

session::~session() {
  unlink();
  place_.reset();  // before anybody is told that the connection is gone
  host_.home.connections.fetch_sub(1, std::memory_order_relaxed);
  host_.observer.client_connections(-1);
  host_.places.give_back();
}

void session::close_if_idle() {
  if (idle_ && !client_.has_unread()) client_.leave();
}

void session::abort() {
  aborted_ = true;
  client_.close();
  cancel_handler_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<void> session::serve(std::shared_ptr<session> self) {
  const auto& limits = self->host_.limits;
  if (self->host_.aborted) co_return;  // handed over at the last moment
  if (self->client_.needs_handshake() &&
      !co_await self->client_.handshake(steady_clock::now() + limits.header_timeout, limits.linger))
    co_return;
  auto got = reading::head_complete;
  do {
    got = co_await self->read_head();
  } while (got == reading::head_complete && co_await self->answer_request());
  if (got == reading::refused) co_await self->refuse(std::move(self->refusal_));
  co_await self->end();
}

asio::awaitable<session::reading> session::read_head() {
  const auto most = std::min(host_.limits.head.header_bytes, host_.limits.buffered_bytes);
  linger_ = false;
  idle_ = client_.input().empty();
  if (idle_ && (host_.aborted || (host_.last_call_over && !client_.has_unread()))) co_return reading::ended;
  if (idle_) client_.shrink();
  auto& patience = exchange_.patience();
  patience.begin_reading();
  auto deadline = steady_clock::now() + (idle_ ? host_.limits.idle_timeout : host_.limits.header_timeout);
  for (std::size_t searched = 0;;) {
    const auto end = http::find_head_end(client_.input(), searched);
    if (end && *end <= most) {
      request_begins();
      head_size_ = *end;
      co_return reading::head_complete;
    }
    searched = client_.input().size();
    if (searched >= most) co_return refuse_with(http::refuse_unfinished_head(client_.input(), host_.limits.head));
    if (searched >= connection::first_capacity && searched >= client_.room_up_to(most))
      co_return refuse_with({overloaded, "overloaded", "no memory is left for a head of this size"});
    boost::system::error_code error;
    if (idle_) {
      error = co_await client_.read(deadline, most);
    } else {
      error = co_await patience.read(deadline, cutoff::header_timeout, most);
    }
    if (error == asio::error::timed_out && idle_) patience.cut(cutoff::idle_timeout);
    if (error == asio::error::timed_out && !idle_)
      co_return refuse_with(
          {408, to_string(patience.cutoff().value_or(cutoff::header_timeout)), "the head did not arrive in time"});
    if (error) co_return reading::ended;
    if (!std::exchange(idle_, false)) continue;
    deadline = steady_clock::now() + host_.limits.header_timeout;
  }
}

session::reading session::refuse_with(http::refusal why) {
  request_begins();
  refusal_ = std::move(why);
  return reading::refused;
}

void session::request_begins() {
  head_complete_ = steady_clock::now();
  written_before_ = client_.written();
}

asio::awaitable<bool> session::answer_request() {
  const auto head = client_.input().substr(0, head_size_);
  auto parsed = http::parse_request_head(head, host_.limits.head, exchange_.incoming());
  if (!parsed) {
    co_await refuse(std::move(parsed.error()));
    co_return false;
  }
  client_.consume(head_size_);
  const auto most_requests = host_.limits.requests_per_connection;
  const bool last = most_requests != 0 && ++requests_ >= most_requests;
  exchange_.begin(last);
  co_await run_handler();
  request_deadline_.disarm();
  late_ = late_ && !exchange_.complete();  // it may have been complete by the time that we were told
  if (late_) exchange_.patience().cut(cutoff::request_timeout);
  if (!exchange_.answered() && !aborted_ && !exchange_.dropped()) co_await answer_for_handler();
  if (last && exchange_.complete() && exchange_.request().keep_alive) exchange_.patience().cut(cutoff::requests);
  report();
  exchange_.release();
  linger_ = exchange_.complete();
  if (!exchange_.keeps_alive() || aborted_ || late_) co_return false;
  co_return exchange_.incoming_body().settled() || co_await exchange_.incoming_body().discard();
}

asio::awaitable<void> session::run_handler() {
  std::exception_ptr failure;
  try {
    if (auto answer = host_.handler.answer_now(exchange_.request())) {
      if (exchange_.send_now(std::move(*answer))) co_return;
      arm_request_deadline();
      co_await exchange_.finish_sending();
    } else {
      arm_request_deadline();
      // Spawned, so that abort() can cancel what the handler waits for without a slot on every read of the session.
      co_await asio::co_spawn(host_.home.context, host_.handler.handle(exchange_),
                              asio::bind_cancellation_slot(cancel_handler_.slot(), asio::use_awaitable));
    }
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure && !aborted_ && !late_) log_failure(failure, "a handler failed");
}

void session::arm_request_deadline() {
  const auto longest = host_.limits.request_timeout;
  if (longest != duration{}) request_deadline_.arm(head_complete_ + longest);
}

void session::request_is_late() {
  late_ = true;
  late_by_client_ = client_.waiting();
  cancel_handler_.emit(asio::cancellation_type::terminal);
  client_.interrupt();
}

asio::awaitable<void> session::answer_for_handler() {
  const auto& fault = exchange_.incoming_body().fault();
  const auto method = exchange_.request().method;
  if (fault.empty() && exchange_.client_left() && !late_) co_return;
  proxy::answer answer;
  if (!fault.empty()) {
    answer = proxy::make_error(400, http::body_rule_code, fault, method);
  } else if (late_) {
    answer = proxy::make_error(504, to_string(cutoff::request_timeout), "the request took longer than it may", method);
  } else {
    answer = proxy::make_error(500, "internal_error", "the request could not be answered", method);
  }
  answer.close = true;
  answer.report = exchange_.report();
  answer.report.outcome = fault.empty() ? outcome::error : outcome::rejected;
  co_await exchange_.send(std::move(answer));
}

asio::awaitable<void> session::refuse(http::refusal why) {
  exchange_.begin_refusal(client_.input().starts_with("HEAD "));
  auto answer = proxy::make_error(why.status, why.code, why.message, exchange_.request().method);
  answer.close = true;
  if (why.status == overloaded) answer.extra.append("Retry-After: 1\r\n");
  answer.report.outcome = why.status == overloaded ? outcome::shed : outcome::rejected;
  co_await exchange_.send(std::move(answer));
  report();
  exchange_.release();
  linger_ = exchange_.complete();
}

void session::report() {
  proxy::finished_request done;
  done.report = exchange_.report();
  if ((exchange_.client_left() && !exchange_.complete()) || aborted_) done.report.outcome = outcome::cancelled;
  if (!exchange_.incoming_body().fault().empty()) done.report.outcome = outcome::rejected;
  if (late_) done.report.outcome = late_by_client_ ? outcome::cancelled : outcome::error;
  done.method = exchange_.request().method_name;
  done.target = exchange_.request().target;
  done.status = exchange_.status();
  done.bytes_sent = client_.written() - written_before_;
  done.took = steady_clock::now() - head_complete_;
  host_.observer.finished(done);
}

asio::awaitable<void> session::end() {
  if (const auto why = exchange_.patience().cutoff()) {
    host_.observer.connection_cut(*why);
    spdlog::debug("a client's connection is ended by a limit: {}", to_string(*why));
  }
  const auto& stream = exchange_.stream();
  if (linger_ && !aborted_) {
    co_await client_.close_gently(host_.limits.linger);
  } else if (stream.broken() && stream.ends_by_close()) {
    client_.reset();
  }
  client_.leave();
}

}  // namespace sidecache::net
