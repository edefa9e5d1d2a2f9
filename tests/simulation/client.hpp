// One request of a client, as the proxy sees it, and a count of the answers it was given.
//
// Owned by the world until its coroutine has ended, or what it waited for without one. What it was given goes to
// `told`, once complete.
#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <functional>
#include <memory>
#include <string>

#include "proxy/exchange.hpp"
#include "simulation/ledger.hpp"

namespace sidecache::simulation {

namespace asio = boost::asio;

class client final : public proxy::exchange, public proxy::body_source, public proxy::answer_sink {
 public:
  using teller = std::function<void(client&, const shown&)>;
  struct place {
    std::uint32_t replica = 0;
    std::uint32_t life = 0;  ///< of its workers
    bool operator==(const place&) const = default;
  };
  client(place at, const http::request_head& request, bool looks_up, asking what, std::uint32_t name,
         const teller& told)
      : at(at), asks(what), looks_up(looks_up), name(name), request_(request), told_(told) {}

  /// With a head of its own.
  client(place at, std::unique_ptr<http::request_head> own, asking what, std::uint32_t name, const teller& told)
      : at(at), asks(what), looks_up(true), name(name), own_(std::move(own)), request_(*own_), told_(told) {}

  const place at;  ///< that it talks to
  const asking asks;
  const bool looks_up;
  const std::uint32_t name;  ///< by which the scheduler chooses
  asio::cancellation_signal cut_off;
  bool ended = false;  ///< its coroutine, or its wait without one
  bool left = false;
  std::shared_ptr<const proxy::known_block> by_block;
  std::unique_ptr<proxy::begun_pass> quick;  ///< what it waits for without a coroutine
  bool goes_on = false;                      ///< in one, by what has come
  int answers = 0;
  int broken = 0;  ///< answers begun, and not ended in a way that looks whole

  void take(const proxy::answer& ready) {
    ++answers;
    told_(*this, {.status = ready.status,
                  .head = ready.fields.empty() ? ready.head : ready.fields,
                  .extra = ready.extra.view(),
                  .body = asks.head_only ? std::string_view{} : ready.body});
  }

  void take_quick(std::string_view head, const proxy::whole_answer& whole) {
    if (left) return;
    ++answers;
    told_(*this, {.status = whole.head.status,
                  .head = head,
                  .extra = head.substr(std::min(head.rfind("Cache-Status: "), head.size())),
                  .body = whole.body});
  }

  [[nodiscard]] const http::request_head& request() const override { return request_; }
  [[nodiscard]] const proxy::known_block* known() const override { return by_block.get(); }
  proxy::body_source& body() override { return *this; }
  asio::awaitable<boost::system::error_code> send(proxy::answer what) override {
    begun_ = true;
    if (left) co_return asio::error::broken_pipe;
    take(what);
    co_return boost::system::error_code{};
  }
  proxy::answer_sink& sink() override { return *this; }
  void abort() override { left = true; }
  [[nodiscard]] bool answered() const override { return begun_; }
  proxy::report& report() override { return report_; }

  asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override {
    if (left) co_return std::unexpected(asio::error::make_error_code(asio::error::connection_reset));
    co_return std::exchange(upload_, std::string_view{});
  }
  asio::awaitable<boost::system::error_code> start(http::response_head& head) override {
    if (begun_) ++answers;  // a second one
    begun_ = true;
    if (left) co_return asio::error::broken_pipe;
    ++broken;
    status_ = head.status;
    head.fields.serialize(head_);
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override {
    if (left) co_return asio::error::broken_pipe;
    got_.append(piece);
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> finish(const http::fields& /*trailers*/) override {
    --broken;
    ++answers;
    told_(*this, {.status = status_, .head = head_, .extra = {}, .body = got_});
    co_return boost::system::error_code{};
  }

 private:
  std::unique_ptr<const http::request_head> own_;
  const http::request_head& request_;
  const teller& told_;
  proxy::report report_;
  bool begun_ = false;
  std::string_view upload_ = "{}";
  unsigned status_ = 0;
  std::string head_;
  std::string got_;
};

}  // namespace sidecache::simulation
