// proxy::exchange over a connection: begun anew for each request so that its memory is reused.
#pragma once

#include <string>

#include "net/request_body.hpp"
#include "net/streamed_answer.hpp"
#include "net/worker_pool.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::net {

/// Up to this size a body is copied behind its head and goes out in one piece: cheaper than a gathering write.
constexpr std::size_t copied_body = std::size_t{4} * 1024;

class client_exchange final : public proxy::exchange {
 public:
  /// `draining`: the server is going away, so whatever is answered from then on ends its connection.
  client_exchange(connection& client, worker& home, const session_limits& limits, const bool& draining)
      : client_(client),
        home_(home),
        draining_(draining),
        patience_(client, limits),
        body_(client, patience_, limits),
        stream_(patience_, [this] { return must_close(); }) {}

  /// The head of the next request is parsed into this, and then begin() is called. `last`: the connection ends with it.
  /// `by`: what is known of its header block, until the next one begins.
  [[nodiscard]] http::request_head& incoming() { return request_; }
  void begin(bool last = false, const proxy::known_block* by = nullptr);

  [[nodiscard]] const http::request_head& request() const override { return request_; }
  [[nodiscard]] const proxy::known_block* known() const override { return known_; }
  [[nodiscard]] std::string client_address() const override { return client_.peer_address(); }
  proxy::body_source& body() override { return body_; }
  asio::awaitable<boost::system::error_code> send(proxy::answer what) override;
  proxy::answer_sink& sink() override { return stream_; }
  void abort() override { dropped_ = true; }
  [[nodiscard]] bool answered() const override { return status() != 0; }
  [[nodiscard]] bool dropped() const { return dropped_; }
  [[nodiscard]] proxy::report& report() override { return report_; }
  void went_upstream_as(const http::made_ids& ids) override { made_ = ids; }
  [[nodiscard]] const http::made_ids& made() const { return made_; }

  /// send() in two steps, for answers that are mostly taken by the kernel at once: serialise and write what goes now;
  /// nothing returned: finish_sending() must follow. Neither allocates on a warm connection.
  [[nodiscard]] std::optional<boost::system::error_code> send_now(proxy::answer what);
  asio::awaitable<boost::system::error_code> finish_sending();
  /// Of an answer that somebody else has begun to send: what is left of it, for finish_sending(). `what` owns the body.
  void take_over(proxy::answer what, std::string unsent_head, std::string_view unsent_body);

  /// A refusal's answer, where no request could be parsed. `of_head`: it was HEAD, to which no body is an answer.
  void begin_refusal(bool of_head);

  [[nodiscard]] unsigned status() const { return stream_.started() ? stream_.status() : status_; }
  [[nodiscard]] bool complete() const { return complete_ || (stream_.started() && !stream_.broken()); }
  /// The connection may take another request once the body is settled.
  [[nodiscard]] bool keeps_alive() const { return complete() && !close_ && !dropped_ && !stream_.closes(); }
  [[nodiscard]] bool client_left() const { return client_left_ || stream_.client_left() || body_.broke_off(); }
  [[nodiscard]] request_body& incoming_body() { return body_; }
  [[nodiscard]] const streamed_answer& stream() const { return stream_; }
  [[nodiscard]] paced_client& patience() { return patience_; }
  /// Forgets the answer just written, so that what it kept alive may go.
  void release() { sending_ = {}; }

 private:
  [[nodiscard]] bool must_close() const { return close_ || draining_ || !body_.can_be_discarded(); }

  connection& client_;
  worker& home_;
  const bool& draining_;
  http::request_head request_;
  const proxy::known_block* known_ = nullptr;
  paced_client patience_;
  request_body body_;
  streamed_answer stream_;
  proxy::report report_;
  http::made_ids made_;
  proxy::answer sending_;
  std::string text_;            ///< the head as it goes out, and small bodies behind it
  std::string_view left_head_;  ///< of text_, not written yet
  std::string_view left_body_;
  unsigned status_ = 0;
  bool close_ = false;
  bool complete_ = false;
  bool client_left_ = false;
  bool dropped_ = false;
};

}  // namespace sidecache::net
