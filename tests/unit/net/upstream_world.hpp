// What an upstream needs around it in a test: a context that runs until an answer is there, a sweep that looks often,
// an observer that remembers, a client that collects.
#pragma once

#include <gtest/gtest.h>

#include <boost/asio.hpp>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/upstream.hpp"
#include "unit/net/scripted_server.hpp"

namespace sidecache::net::in_tests {

using namespace std::chrono_literals;
using proxy::failure_kind;

class remembering_observer final : public proxy::observer {
 public:
  void finished(const proxy::finished_request& /*request*/) override {}
  void finished(const proxy::finished_attempt& attempt) override {
    codes.push_back(attempt.status != 0 ? std::to_string(attempt.status)
                                        : std::string(proxy::to_string(attempt.failure)));
    routes.push_back(attempt.route);
  }
  void upstream_connections(proxy::connection_state state, int by) override { open[state] += by; }
  void client_connections(int /*by*/) override {}
  void unknown_in_record(records::kind /*kind*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}

  std::vector<std::string> codes;  ///< of each attempt: a status or a failure's name
  std::vector<http::route> routes;
  std::map<proxy::connection_state, int> open;
};

/// A client's body, piece by piece; then its end, an error, or nothing until it is cancelled.
class scripted_body final : public proxy::body_source {
 public:
  enum class ending { complete, broken, silent, silent_then_broken };
  explicit scripted_body(std::deque<std::string> pieces = {}, ending last = ending::complete)
      : pieces_(std::move(pieces)), last_(last) {}

  asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override;

  int asked = 0;                        ///< how often a piece was asked for
  std::function<void()> before_broken;  ///< with `broken`: called first
  std::function<bool()> silent_until;   ///< with `silent...`: the end comes once this is true

 private:
  std::deque<std::string> pieces_;
  ending last_;
  std::string current_;
};

/// A client that collects what it gets, and leaves when told to.
class collecting_sink final : public proxy::answer_sink {
 public:
  asio::awaitable<boost::system::error_code> start(http::response_head& answer) override {
    head = answer;
    co_return leave_at_start ? asio::error::broken_pipe : boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override;
  asio::awaitable<boost::system::error_code> finish(const http::fields& last) override {
    trailers = last;
    finished = true;
    co_return boost::system::error_code{};
  }

  std::optional<http::response_head> head;
  std::vector<std::string> pieces;
  std::string body;
  http::fields trailers;
  bool finished = false;
  bool leave_at_start = false;
  bool leave_after_write = false;
  std::function<void(collecting_sink&)> on_write;
  bool holds_write_until_cancelled = false;
  std::function<bool()> holds_write_until;  ///< a client that takes its time, whatever is cancelled
};

/// Base of the fixtures.
class upstream_world : public ::testing::Test {
 protected:
  /// The upstream of the test; `settings` may be changed before.
  upstream& ask_at(std::string url, std::unique_ptr<name_resolver> resolver = nullptr) {
    settings.url = std::move(url);
    auto site = upstream_site::make(settings, proxy_credentials);
    if (!site) throw std::runtime_error(site.error());
    origin.emplace(context, *site, sweep, observer, std::move(resolver));
    return *origin;
  }

  /// Runs the context until the coroutine is done.
  template <class T>
  T run(asio::awaitable<T> coroutine) {
    std::optional<T> result;
    asio::co_spawn(context, std::move(coroutine), [&](const std::exception_ptr& thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result.emplace(std::move(value));
    });
    run_until([&] { return result.has_value(); });
    return std::move(*result);
  }

  /// Starts one whose end the test asks for later.
  template <class T>
  std::shared_ptr<std::optional<T>> begin(asio::awaitable<T> coroutine) {
    auto result = std::make_shared<std::optional<T>>();
    asio::co_spawn(context, std::move(coroutine), [result](const std::exception_ptr& thrown, T value) {
      if (thrown) std::rethrow_exception(thrown);
      result->emplace(std::move(value));
    });
    return result;
  }

  template <class Condition>
  void run_until(Condition met) {
    const auto give_up = std::chrono::steady_clock::now() + 20s;
    context.restart();
    while (!met()) {
      if (std::chrono::steady_clock::now() > give_up) throw std::runtime_error("the awaited condition did not come");
      context.run_one_for(10ms);
      context.restart();
    }
  }

  static proxy::upstream_request get(std::string target = "/v1/virtual-keys/x") {
    proxy::upstream_request request;
    request.target = std::move(target);
    request.route = http::route::virtual_keys;
    return request;
  }
  static proxy::upstream_request with_body(http::method method, std::string name, http::framing body,
                                           std::uint64_t length = 0) {
    auto request = get();
    request.method = method;
    request.method_name = std::move(name);
    request.body = body;
    request.content_length = length;
    request.route = http::route::other;
    return request;
  }

  std::expected<proxy::upstream_answer, proxy::failure> fetch(proxy::upstream_request request = get(),
                                                              std::uint64_t limit = 1 << 20) {
    return run(origin->fetch(std::move(request), limit));
  }
  std::expected<void, proxy::failure> relay(proxy::upstream_request request = get()) {
    return run(origin->relay(std::move(request), body, sink));
  }
  /// "200" or the failure's name.
  template <class T>
  static std::string kind_of(const std::expected<T, proxy::failure>& result) {
    return result ? "answer" : std::string(proxy::to_string(result.error().kind));
  }
  int open(proxy::connection_state state) { return observer.open[state]; }

  asio::io_context context{1};
  deadline_sweep sweep{context, 2ms};
  remembering_observer observer;
  upstream_settings settings;
  secret proxy_credentials;
  std::optional<upstream> origin;
  scripted_body body;
  collecting_sink sink;
};

}  // namespace sidecache::net::in_tests
