// An exchange without a connection: one request, and whatever a handler made of it.
#pragma once

#include <boost/asio/error.hpp>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "proxy/exchange.hpp"

namespace sidecache::mock {

class memory_exchange final : public proxy::exchange, proxy::body_source, proxy::answer_sink {
 public:
  http::request_head head;
  const proxy::known_block* by_block = nullptr;  ///< known()
  std::string sent_body;                         ///< the request's
  std::function<void()> before_sending = [] {};  ///< called when an answer, or its last piece, is handed over

  unsigned status = 0;
  std::string fields;
  std::string content;  ///< the answer's body
  bool gone = false;    ///< the client is: nothing can be sent
  bool finished = false;
  bool aborted = false;
  std::optional<http::framing> streamed;  ///< how, if it was
  std::uint64_t announced = 0;
  std::vector<std::size_t> pieces;
  http::made_ids made;  ///< that it went upstream with

  [[nodiscard]] const http::request_head& request() const override { return head; }
  [[nodiscard]] const proxy::known_block* known() const override { return by_block; }
  void went_upstream_as(const http::made_ids& ids) override { made = ids; }
  proxy::body_source& body() override { return *this; }
  proxy::answer_sink& sink() override { return *this; }
  void abort() override { aborted = true; }
  [[nodiscard]] bool answered() const override { return status != 0; }
  [[nodiscard]] proxy::report& report() override { return report_; }

  proxy::asio::awaitable<boost::system::error_code> send(proxy::answer what) override {
    before_sending();
    if (gone) co_return boost::asio::error::broken_pipe;
    status = what.status;
    fields = what.head;
    content = what.body;
    finished = true;
    co_return boost::system::error_code{};
  }
  proxy::asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override {
    const auto rest = std::string_view(sent_body).substr(taken_, 100'000);
    taken_ += rest.size();
    co_return rest;
  }
  proxy::asio::awaitable<boost::system::error_code> start(http::response_head& out) override {
    status = out.status;
    out.fields.serialize(fields);
    streamed = out.body;
    announced = out.content_length;
    co_return boost::system::error_code{};
  }
  proxy::asio::awaitable<boost::system::error_code> write(std::string_view piece) override {
    before_sending();
    if (gone) co_return boost::asio::error::broken_pipe;
    pieces.push_back(piece.size());
    content.append(piece);
    co_return boost::system::error_code{};
  }
  proxy::asio::awaitable<boost::system::error_code> finish(const http::fields& /*trailers*/) override {
    finished = true;
    co_return boost::system::error_code{};
  }

 private:
  proxy::report report_;
  std::size_t taken_ = 0;
};

}  // namespace sidecache::mock
