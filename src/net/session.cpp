#include "net/session.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "base/log_failure.hpp"

namespace sidecache::net {
namespace {

using std::chrono::steady_clock;

/// A body is copied up to this size, since over TLS whatever is written by itself is a record by itself.
constexpr std::size_t copied_body_tls = std::size_t{16} * 1024;

/// So many times in a row is more taken without the others on this thread having their turn.
constexpr int fair = 16;

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
  const auto self = std::make_shared<session>(std::move(owner), host, std::move(client), std::move(place), tls);
  if (host.aborted) return;  // handed over at the last moment
  if (!self->client_.needs_handshake()) return self->listen();
  self->converse({});
}

session::session(std::shared_ptr<void> owner, session_host& host, connection::socket client, client_counts::place place,
                 server_tls* tls)
    : owner_(std::move(owner)),
      place_(std::move(place)),
      host_(host),
      client_(std::move(client), host.home.sweep, &host.home.buffered, tls) {
  host_.sessions.push_back(*this);
  host_.observer.client_connections(1);
}

session::~session() {
  session_hook::unlink();
  host_.blocks.leave(std::move(asked_.known));
  place_.end();  // before anybody is told that the connection is gone
  host_.home.connections.fetch_sub(1, std::memory_order_relaxed);
  host_.observer.client_connections(-1);
  host_.places.give_back();
}

void session::close_if_idle() {
  if (!listening_ || client_.has_unread()) return;
  end_rest_later();
  client_.leave();
}

void session::abort() {
  const auto self = shared_from_this();  // what is given up may be the last to hold it
  end_rest_later();
  client_.close();
  if (conversation_) conversation_->abort();
  if (!passing_) return;
  report_passed(0, outcome::cancelled, 0);
  passing_.reset();
}

/// Its host is going through its sessions.
void session::end_rest_later() {
  if (resting_) asio::post(host_.home.context, [last = std::move(resting_)] {});
}

void session::listen(mono_time now) {
  if (host_.aborted || (host_.last_call_over && !client_.has_unread())) return client_.leave();
  listening_ = true;
  const auto deadline = now + host_.limits.idle_timeout;
  if (client_.resting() || begin_rest()) return client_.rest_until(deadline);
  client_.wait_readable(deadline,
                        [self = shared_from_this()](const boost::system::error_code& error) { self->readable(error); });
}

bool session::begin_rest() {
  if (known_in_a_row_ < host_.limits.known_before_rest) return false;
  ended_ = false;
  if (!client_.rest(host_.home.ready, *this)) return false;
  resting_ = shared_from_this();
  return true;
}

void session::told(bool ended) {
  ended_ = ended_ || ended;
  client_.more_came();
  if (passing_) passing_->more_came = true;
  if (!listening_) return;  // it has more to take, and its turn to do so comes
  if (asked_.known && !client_.hides_input())
    join_others();
  else
    readable({});
  if (!client_.resting()) stop_holding();
}

void session::rested_too_long() {
  if (!listening_) return;
  client_idled();
  client_.leave();
  stop_holding();
}

void session::client_idled() {
  host_.observer.connection_cut(cutoff::idle_timeout);
  spdlog::debug("a client's connection is ended by a limit: {}", to_string(cutoff::idle_timeout));
}

void session::readable(const boost::system::error_code& error) {
  listening_ = false;
  if (error == asio::error::timed_out) client_idled();
  if (error) return client_.leave();
  for (int turn = 0; turn < fair; ++turn) {
    if (!take_requests()) return;
    if (drained_) return listen(answered_);
  }
  asio::post(host_.home.context, [self = shared_from_this()] {
    self->readable({});
    if (!self->client_.resting()) self->stop_holding();
  });
}

std::size_t session::room_for_arrival() {
  constexpr auto room = passing_memory::arriving_bytes;
  host_.home.scrub_soon();
  return std::min({room, host_.limits.buffered_bytes, client_.room_up_to(room)});
}

std::optional<std::string_view> session::take_arrived(passing_memory& memory) {
  const auto most = room_for_arrival();
  return judge_arrived(memory, client_.take(memory.arriving.get(), most), most);
}

std::optional<std::string_view> session::judge_arrived(passing_memory& memory, const connection::arrival& read,
                                                       std::size_t most) {
  const auto [size, error] = read;
  if (error == asio::error::would_block || error == asio::error::try_again) {
    listen();
    return std::nullopt;
  }
  if (error) {
    client_.leave();
    return std::nullopt;
  }
  memory.arrived(size);
  drained_ = client_.took_all(size, most) && !(client_.resting() && ended_);
  return std::string_view(memory.arriving.get(), size);
}

bool session::take_requests() {
  auto arrived = take_arrived(host_.home.memory);
  if (!arrived || answer_known(*arrived) != progress::taken) return false;
  if (arrived->empty()) return true;
  converse(*arrived);
  return false;
}

session::progress session::answer_known(std::string_view& arrived, std::optional<std::size_t> place) {
  const auto& limits = host_.limits;
  std::optional<proxy::answer> own;
  auto& making = place ? host_.batch[*place].made : own;
  while (asked_.known && !arrived.empty() && !host_.draining && !asked_.next_is_last(limits)) {
    const auto line = http::read_plain_get(arrived, limits.head.target_bytes);
    if (!line) break;
    const auto block = asked_.known->block.matches(arrived.substr(line->size));
    if (!block || line->size + block->size > limits.head.header_bytes) break;
    const mono_time began = host_.home.ready.time_or_now();
    proxy::answer& made = making.emplace();
    const known_request asked{line->target, arrived.substr(line->size, block->size), began};
    if (!host_.handler.answer_known(asked.target, *asked_.known->known, block->if_none_match, began, made)) {
      if (pass_on(arrived, asked)) return progress::elsewhere;
      break;
    }
    ++asked_.requests;
    ++known_in_a_row_;
    const std::size_t size = line->size + block->size;
    if (place && size == arrived.size()) {
      const auto body = compose(made, host_.home.batch[*place].leaving);
      auto& batched = host_.batch[*place];
      batched.arrived = arrived;
      batched.asked = asked;
      batched.body = body;
      host_.home.ready.done_at(began);  // as true for the next one's
      return progress::put_off;
    }
    std::string& text = host_.home.memory.leaving;
    const auto body = compose(made, text);
    if (!write(made, text, body, arrived, asked, client_.written())) return progress::elsewhere;
    arrived.remove_prefix(size);
  }
  return progress::taken;
}

std::string_view session::compose(const proxy::answer& made, std::string& text) {
  text.clear();
  write_head(made, {.version = 11, .close = false, .date = host_.home.date}, text);
  std::string_view body = has_no_body(made.status) ? std::string_view{} : made.body;
  if (body.size() <= (client_.hides_input() ? copied_body_tls : copied_body)) {
    text.append(body);
    body = {};
  }
  return body;
}

bool session::write(proxy::answer& made, std::string_view head, std::string_view body, std::string_view arrived,
                    const known_request& asked, std::uint64_t before) {
  const auto written = client_.write_now(head, body);
  if (!written) {  // the client takes its time
    conversation_ = std::make_unique<conversation>(host_, client_, asked_);
    conversation_->finish({std::move(made), std::string(head), body, asked.began, before});
    converse(arrived);
    return false;
  }
  report(made, asked, client_.written() - before, written->failed(), steady_clock::now());
  if (*written) client_.leave();
  return !*written;
}

void session::report(const proxy::answer& what, const known_request& asked, std::uint64_t bytes, bool left,
                     mono_time now) {
  proxy::finished_request done;
  done.report = what.report;
  if (left) done.report.outcome = outcome::cancelled;
  done.method = "GET";
  done.target = asked.target;
  done.block = asked.block;
  done.status = what.status;
  done.bytes_sent = bytes;
  answered_ = now;
  host_.home.ready.done_at(now);
  done.took = now - asked.began;
  host_.observer.finished(done);
}

void session::converse(std::string_view arrived) {
  known_in_a_row_ = 0;
  client_.wake();
  if (!conversation_) conversation_ = std::make_unique<conversation>(host_, client_, asked_);
  if (!arrived.empty()) client_.adopt(arrived);
  asio::co_spawn(host_.home.context, talk(shared_from_this()),
                 [self = shared_from_this()](const std::exception_ptr& failure) {
                   if (failure && !self->host_.aborted) log_failure(failure, "a session ended by an exception");
                 });
}

asio::awaitable<void> session::talk(std::shared_ptr<session> self) {
  const bool silent = co_await self->conversation_->run();
  self->conversation_.reset();
  self->client_.shrink();
  if (!silent) co_return;
  if (self->client_.hides_input()) {
    self->readable({});
  } else {
    self->listen();
  }
}

}  // namespace sidecache::net
