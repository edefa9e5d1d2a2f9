#include "net/upstream_relay.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <charconv>
#include <chrono>
#include <exception>
#include <memory>

#include "http/content_coding.hpp"
#include "http/header_rules.hpp"

namespace sidecache::net {
namespace {

mono_time in(duration from_now) { return std::chrono::steady_clock::now() + from_now; }

}  // namespace

/// Which end of one direction ends the other one too.
struct upstream_relay::stop_when_over {
  asio::cancellation_type operator()(const std::exception_ptr& thrown, const upload_end& end) const noexcept {
    return thrown || end.client_left ? asio::cancellation_type::all : asio::cancellation_type::none;
  }
  asio::cancellation_type operator()(const std::exception_ptr& /*thrown*/, const download_end& /*end*/) const noexcept {
    return asio::cancellation_type::all;
  }
};

upstream_relay::upstream_relay(upstream_connection& connection, const upstream_settings& settings,
                               const proxy::upstream_request& request, proxy::body_source& body,
                               proxy::answer_sink& sink)
    : connection_(connection),
      settings_(settings),
      request_(request),
      body_(body),
      sink_(sink),
      response_(connection, request.method),
      undo_gzip_(!http::accepts_gzip(request.fields)),
      left_to_upload_(request.content_length),
      taking_(settings.pace) {}

asio::awaitable<upstream_relay::result> upstream_relay::run(std::string_view head) {
  if (request_.body == http::framing::none) {
    connection_.read_by(in(settings_.request_timeout));
    auto error = connection_.write_now(head);
    if (!error) {
      const std::array buffers{asio::buffer(head)};
      error = co_await connection_.write(buffers);
    }
    if (*error) {
      upstream_fails(connection_.failure(*error));
      co_return result::upstream_failed;
    }
    uploaded_ = upload_over_ = true;
    co_await download();
  } else {
    connection_.read_by({});  // that of connecting is over, and no answer is demanded yet
    const auto executor = co_await asio::this_coro::executor;
    auto [order, upload_threw, up, download_threw, down] =
        co_await asio::experimental::make_parallel_group(asio::co_spawn(executor, upload(head), asio::deferred),
                                                         asio::co_spawn(executor, download(), asio::deferred))
            .async_wait(stop_when_over{}, asio::use_awaitable);
    // Only what the first to end threw is news: the other one was cancelled.
    const auto& thrown = order[0] == 0 ? upload_threw : download_threw;
    if (thrown) std::rethrow_exception(thrown);
  }
  co_return end();
}

asio::awaitable<upstream_relay::result> upstream_relay::go_on(mono_time deadline) {
  answer_by_ = deadline;
  uploaded_ = upload_over_ = true;
  co_await download();
  co_return end();
}

upstream_relay::result upstream_relay::end() const {
  if (client_left_) return result::client_left;
  return answer_over_ ? result::complete : result::upstream_failed;
}

asio::awaitable<upstream_relay::upload_end> upstream_relay::upload(std::string_view head) {
  connection_.write_by(in(settings_.stall_timeout));
  const std::array buffers{asio::buffer(head)};
  if (!co_await connection_.write(buffers)) uploaded_ = co_await upload_body();
  if (!client_left_) end_upload();
  co_return upload_end{client_left_};
}

/// True if all of it was written. If not, either the client left, or the control plane does not take any more.
asio::awaitable<bool> upstream_relay::upload_body() {
  const bool counted = request_.body == http::framing::length;
  while (true) {
    connection_.write_by({});  // the client's turn
    const auto piece = co_await body_.next();
    if (answer_over_ || upstream_failed_) co_return false;  // it was told to stop: nobody left
    if (!piece) co_return client_leaves("the client's body broke off");
    if (piece->empty()) break;
    if (counted && piece->size() > left_to_upload_) co_return client_leaves("the client's body exceeds its length");
    if (counted) left_to_upload_ -= piece->size();
    connection_.write_by(write_deadline());
    const auto begun = std::chrono::steady_clock::now();
    if (!co_await write_piece(*piece)) co_return false;
    taking_.waited(std::chrono::steady_clock::now() - begun, piece->size());
  }
  if (counted) co_return left_to_upload_ == 0 || client_leaves("the client's body is shorter than its length");
  connection_.write_by(in(settings_.stall_timeout));
  std::string last_chunk = "0\r\n";
  if (const auto* trailers = body_.trailers()) http::pass_through_trailers(*trailers).serialize(last_chunk);
  last_chunk.append("\r\n");
  const std::array<asio::const_buffer, 1> buffers{asio::buffer(last_chunk)};
  co_return !co_await connection_.write(buffers);
}

asio::awaitable<bool> upstream_relay::write_piece(std::string_view piece) {
  if (request_.body == http::framing::length) {
    const std::array buffers{asio::buffer(piece)};
    co_return !co_await connection_.write(buffers);
  }
  std::array<char, 20> size_line{};  // 16 hexadecimal digits, CRLF
  char* end = std::to_chars(size_line.data(), size_line.data() + 16, piece.size(), 16).ptr;
  *end++ = '\r';
  *end++ = '\n';
  const std::array buffers{asio::const_buffer(size_line.data(), static_cast<std::size_t>(end - size_line.data())),
                           asio::buffer(piece), asio::const_buffer("\r\n", 2)};
  co_return !co_await connection_.write(buffers);
}

asio::awaitable<upstream_relay::download_end> upstream_relay::download() {
  begin_reading();
  auto head = co_await response_.head();
  end_reading();
  if (!head) {
    upstream_fails(std::move(head.error()));
    co_return download_end{};
  }
  status_ = head->status;
  const bool compressed = undo_gzip_ && http::is_undoable_gzip(*head);
  if (compressed) http::undo_gzip(*head);
  // What came with the head goes on with it.
  auto first = compressed ? std::string_view{} : response_.at_hand();
  if (co_await sink_.start_with(*head, first.value_or(std::string_view{}))) {
    client_leaves("the client takes no answer");
    co_return download_end{};
  }
  if (!first) {
    upstream_fails(std::move(first.error()));
    co_return download_end{};
  }
  const bool has_more = compressed || !response_.over();
  if (has_more && !co_await pass_body(compressed)) co_return download_end{};
  if (co_await sink_.finish(response_.trailers())) {
    client_leaves("the client does not take the end of the answer");
    co_return download_end{};
  }
  answer_over_ = true;
  co_return download_end{true};
}

asio::awaitable<bool> upstream_relay::pass_body(bool compressed) {
  std::unique_ptr<http::inflater> undo;  // 16 KiB: not in the frame
  if (compressed) undo = std::make_unique<http::inflater>();
  while (true) {
    begin_reading();
    auto piece = co_await response_.next();
    end_reading();
    if (!piece) co_return upstream_fails(std::move(piece.error()));
    if (piece->empty()) break;
    if (undo) {
      if (!co_await pass_inflated(*undo, *piece)) co_return false;
    } else if (co_await sink_.write(*piece)) {
      co_return client_leaves("the client takes no more of the answer");
    }
  }
  if (undo && !undo->complete())
    co_return upstream_fails({proxy::failure_kind::protocol, true, "the gzip body ends too early"});
  co_return true;
}

asio::awaitable<bool> upstream_relay::pass_inflated(http::inflater& undo, std::string_view piece) {
  undo.feed(piece);
  while (true) {
    auto plain = undo.next();
    if (!plain) co_return upstream_fails({proxy::failure_kind::protocol, true, std::move(plain.error())});
    if (plain->empty()) co_return true;
    if (co_await sink_.write(*plain)) co_return client_leaves("the client takes no more of the answer");
  }
}

bool upstream_relay::upstream_fails(proxy::failure why) {
  upstream_failed_ = !client_left_;
  if (upstream_failed_) why_ = std::move(why);
  return false;
}

bool upstream_relay::client_leaves(const char* detail) {
  client_left_ = true;
  why_ = {.kind = proxy::failure_kind::reset, .sent = connection_.sent(), .detail = detail, .by_client = true};
  connection_.close();
  return false;
}

mono_time upstream_relay::write_deadline() const {
  return in(taking_.may_wait() ? settings_.stall_timeout : duration{});
}

void upstream_relay::begin_reading() {
  reading_ = true;
  if (!upload_over_) {
    connection_.read_by({});
  } else if (status_ == 0 && answer_by_ != mono_time{}) {
    connection_.read_by(answer_by_);
  } else {
    connection_.read_by(in(status_ == 0 ? settings_.request_timeout : settings_.stall_timeout));
  }
}

void upstream_relay::end_reading() {
  reading_ = false;
  connection_.read_by({});  // the client may take its time
}

void upstream_relay::end_upload() {
  upload_over_ = true;
  connection_.write_by({});
  if (reading_) begin_reading();
}

}  // namespace sidecache::net
