#include "net/conversation.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log_failure.hpp"

namespace sidecache::net {
namespace {

using std::chrono::steady_clock;

constexpr unsigned overloaded = 503;

std::size_t most_head_bytes(const session_limits& limits) {
  return std::min(limits.head.header_bytes, limits.buffered_bytes);
}

}  // namespace

conversation::conversation(session_host& host, connection& client, asked_so_far& asked)
    : host_(host),
      client_(client),
      asked_(asked),
      exchange_(client_, host.home, host.limits, host.draining),
      request_deadline_(host.home.sweep, [this] { request_is_late(); }) {}

void conversation::abort() {
  aborted_ = true;
  cancel_handler_.emit(asio::cancellation_type::terminal);
}

asio::awaitable<bool> conversation::run() {
  const auto& limits = host_.limits;
  if (client_.needs_handshake())
    co_return co_await client_.handshake(steady_clock::now() + limits.header_timeout, limits.linger);
  do {
    linger_ = false;
    searched_ = 0;
    exchange_.patience().begin_reading();
    auto got = find_head();
    if (!got) got = co_await wait_for_head();
    const bool goes_on = got == reading::head_complete && co_await answer_request();
    if (got == reading::refused) co_await refuse(std::move(refusal_));
    if (!goes_on) {
      co_await end();
      co_return false;
    }
  } while (!client_.input().empty());
  co_return true;
}

std::optional<conversation::reading> conversation::find_head() {
  const auto most = most_head_bytes(host_.limits);
  const auto end = http::find_head_end(client_.input(), searched_);
  if (end && *end <= most) {
    request_begins();
    head_size_ = *end;
    return reading::head_complete;
  }
  searched_ = client_.input().size();
  if (searched_ >= most) return refuse_with(http::refuse_unfinished_head(client_.input(), host_.limits.head));
  if (searched_ >= connection::first_capacity && searched_ >= client_.room_up_to(most))
    return refuse_with({overloaded, "overloaded", "no memory is left for a head of this size"});
  return std::nullopt;
}

asio::awaitable<conversation::reading> conversation::wait_for_head() {
  auto& patience = exchange_.patience();
  const auto deadline = steady_clock::now() + host_.limits.header_timeout;
  for (;;) {
    const auto error = co_await patience.read(deadline, cutoff::header_timeout, most_head_bytes(host_.limits));
    if (error == asio::error::timed_out)
      co_return refuse_with(
          {408, to_string(patience.cutoff().value_or(cutoff::header_timeout)), "the head did not arrive in time"});
    if (error) co_return reading::ended;
    if (const auto got = find_head()) co_return *got;
  }
}

conversation::reading conversation::refuse_with(http::refusal why) {
  request_begins();
  refusal_ = std::move(why);
  return reading::refused;
}

void conversation::request_begins() {
  head_complete_ = steady_clock::now();
  written_before_ = client_.written();
}

asio::awaitable<bool> conversation::answer_request() {
  const auto head = client_.input().substr(0, head_size_);
  bool is_known = read_known(head);
  if (!is_known) {
    auto parsed = http::parse_request_head(head, host_.limits.head, exchange_.incoming());
    if (!parsed) {
      co_await refuse(std::move(parsed.error()));
      co_return false;
    }
    is_known = recognise(head);
  }
  client_.consume(head_size_);
  const bool last = asked_.next_is_last(host_.limits);
  ++asked_.requests;
  exchange_.begin(last, is_known ? asked_.known->known.get() : nullptr);
  co_await run_handler();
  host_.home.ready.give_way();
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

bool conversation::read_known(std::string_view head) {
  if (!asked_.known) return false;
  const auto line = http::read_plain_get(head, host_.limits.head.target_bytes);
  if (!line) return false;
  const auto& block = asked_.known->block;
  const auto rest = head.substr(line->size);
  const auto found = block.matches(rest);
  return found && found->size == rest.size() && block.read(*line, rest, exchange_.incoming());
}

/// The next request may have the same header block. Until it has, the one before it is as likely.
bool conversation::recognise(std::string_view head) {
  const auto line = http::read_plain_get(head, host_.limits.head.target_bytes);
  if (!line) return false;  // of another version or method the same block says something else
  auto known = host_.blocks.learn(head.substr(line->size), exchange_.request(), host_.handler);
  if (!known) return false;
  if (known != asked_.known) host_.blocks.leave(std::exchange(asked_.known, std::move(known)));
  return true;
}

asio::awaitable<void> conversation::run_handler() {
  std::exception_ptr failure;
  try {
    if (begun_) {
      begun_answer first = std::move(*begun_);
      begun_.reset();
      head_complete_ = first.began;
      written_before_ = first.written_before;
      exchange_.went_upstream_as(first.made);
      exchange_.take_over(std::move(first.what), std::move(first.unsent_head), first.unsent_body);
    } else if (passing_) {
      co_return co_await go_on_passing();
    } else if (auto answer = host_.handler.answer_now(exchange_.request(), exchange_.known())) {
      if (exchange_.send_now(std::move(*answer))) co_return;
    } else {
      arm_request_deadline();
      host_.home.ready.give_way();
      // Spawned, so that abort() can cancel what the handler waits for without a slot on every read of the session.
      co_return co_await asio::co_spawn(host_.home.context, host_.handler.handle(exchange_),
                                        asio::bind_cancellation_slot(cancel_handler_.slot(), asio::use_awaitable));
    }
    arm_request_deadline();
    co_await exchange_.finish_sending();
  } catch (...) {
    failure = std::current_exception();
  }
  if (failure && !aborted_ && !late_) log_failure(failure, "a handler failed");
}

asio::awaitable<void> conversation::go_on_passing() {
  if (!passing_) co_return;
  const begun_request first = std::move(*passing_);
  passing_.reset();
  head_complete_ = first.began;
  late_ = first.late;
  if (late_) {
    exchange_.report() = first.pass->report();
    exchange_.went_upstream_as(first.pass->made());
    co_return;
  }
  arm_request_deadline();
  co_await asio::co_spawn(host_.home.context, first.pass->go_on(exchange_),
                          asio::bind_cancellation_slot(cancel_handler_.slot(), asio::use_awaitable));
}

void conversation::arm_request_deadline() {
  const auto longest = host_.limits.request_timeout;
  if (longest != duration{}) request_deadline_.arm(head_complete_ + longest);
}

void conversation::request_is_late() {
  late_ = true;
  late_by_client_ = client_.waiting();
  cancel_handler_.emit(asio::cancellation_type::terminal);
  client_.interrupt();
}

asio::awaitable<void> conversation::answer_for_handler() {
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

asio::awaitable<void> conversation::refuse(http::refusal why) {
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

void conversation::report() {
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
  done.fields = &exchange_.request().fields;
  done.made = &exchange_.made();
  host_.observer.finished(done);
}

asio::awaitable<void> conversation::end() {
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
