// A proxy in memory: a scripted control plane behind it, clients in front of it, a clock that stands still, and no
// sockets or threads. Everything runs when run() is called, until nobody can go on.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/manual_alarms.hpp"
#include "base/manual_clock.hpp"
#include "http/head_block.hpp"
#include "proxy/at_once.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::tests {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using header_list = std::vector<std::pair<std::string, std::string>>;

/// What the control plane says, or does not say.
struct scripted_answer {
  unsigned status = 200;
  std::string body = {};
  header_list fields = {{"Content-Type", "application/json"}};
  std::optional<proxy::failure> failure = {};
  bool dies = false;                               ///< the fetch ends by an exception
  std::optional<std::uint64_t> breaks_after = {};  ///< relay: after so many bytes of the body
};

/// The record that a control plane gives for a slug.
inline std::string record(std::string_view kind, std::string_view slug, std::string_view more = "") {
  return R"({"object":")" + std::string(kind) + R"(","slug":")" + std::string(slug) + R"(","status":"active")" +
         std::string(more) + "}";
}

/// What most tests ask for, and the record that is there.
inline const std::string openai_path = "/v1/integrations/openai";
inline const std::string openai_record = record("integration", "openai");
inline const std::string x_path = "/v1/integrations/x";
inline const std::string provider_path = "/v1/providers/p";

class scripted_origin final : public proxy::origin {
 public:
  explicit scripted_origin(asio::io_context& context) : context_(context) {}

  /// From now on this target is answered so.
  void says(const std::string& target, scripted_answer answer) { answers_[target] = std::move(answer); }
  void says(const std::string& target, std::string body) { says(target, {.body = std::move(body)}); }
  void fails(const std::string& target, proxy::failure_kind kind, bool sent = true) {
    says(target, {.failure = proxy::failure{kind, sent, "scripted"}});
  }
  /// Requests for this target wait; what they will be told is decided when they are let go.
  void hold(const std::string& target) { held_[target]; }
  void release(const std::string& target) {
    auto waiting = std::move(held_.at(target));
    held_.erase(target);
    for (auto& timer : waiting) timer->cancel();
  }
  /// Only the one that came last.
  void release_latest(const std::string& target) {
    auto& waiting = held_.at(target);
    const auto timer = std::move(waiting.back());
    waiting.pop_back();
    timer->cancel();
  }
  [[nodiscard]] int count(const std::string& target) const {
    const auto at = counts_.find(target);
    return at == counts_.end() ? 0 : at->second;
  }
  [[nodiscard]] const proxy::upstream_request& last() const { return last_; }
  [[nodiscard]] const std::string& last_body() const { return last_body_; }

  /// Requests whose lines are ready are taken from now on; their answers come whole, or in pieces.
  enum class begins : std::uint8_t { no, whole, in_pieces };
  begins takes_ready = begins::no;
  /// The same of misses.
  begins takes_misses = begins::whole;
  struct ready {
    std::string target;
    http::fields fields;
    http::route route = http::route::other;
    bool accepts_gzip = false;
  };
  [[nodiscard]] const ready& last_ready() const { return last_ready_; }
  std::unique_ptr<proxy::begun_relay> begin_relay(const proxy::ready_request& request,
                                                  const std::shared_ptr<proxy::answer_waiter>& /*told*/) override {
    if (takes_ready == begins::no) return nullptr;
    last_ready_ = {std::string(request.target), {}, request.route, request.accepts_gzip};
    http::for_each_field(request.lines, [&](auto name, auto value) { last_ready_.fields.add(name, value); });
    return std::make_unique<begun>(*this, "GET " + last_ready_.target);
  }

  std::unique_ptr<proxy::begun_fetch> begin_fetch(const proxy::ready_request& request, std::uint64_t max_body,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override {
    if (takes_misses == begins::no) return nullptr;
    proxy::upstream_request asked;
    asked.target = request.target;
    http::for_each_field(request.lines, [&](auto name, auto value) { asked.fields.add(name, value); });
    asked.route = request.route;
    asked.deadline = request.deadline;
    asio::co_spawn(context_, tell_when_answered(std::move(asked), told), [](const std::exception_ptr& thrown) {
      if (thrown) std::rethrow_exception(thrown);  // as sockets have it
    });
    return std::make_unique<begun_miss>(*this, std::string(request.target), max_body);
  }

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t max_body) override {
    const std::string target = request.target;
    co_await arrive(std::move(request));
    co_return fetched(target, max_body);
  }

  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request request, proxy::body_source& body,
                                                             proxy::answer_sink& sink) override {
    const std::string target = request.method_name + " " + request.target;
    const bool bodiless = request.body == http::framing::none;
    std::string sent;
    while (!bodiless) {
      const auto piece = co_await body.next();
      if (!piece) co_return std::unexpected(proxy::failure{proxy::failure_kind::reset, true, "client left"});
      if (piece->empty()) break;
      sent.append(*piece);
    }
    last_body_ = sent;
    request.target = target;
    co_await arrive(std::move(request));
    const scripted_answer answer = answer_of(target);
    if (answer.failure) co_return std::unexpected(*answer.failure);
    http::response_head head = head_of(answer);
    if (co_await sink.start(head)) co_return std::unexpected(proxy::failure{proxy::failure_kind::reset, true, "gone"});
    const auto whole = std::string_view(answer.body);
    if (co_await sink.write(whole.substr(0, answer.breaks_after.value_or(whole.size()))))
      co_return std::unexpected(proxy::failure{proxy::failure_kind::reset, true, "gone"});
    if (answer.breaks_after) co_return std::unexpected(proxy::failure{proxy::failure_kind::reset, true, "cut"});
    co_await sink.finish({});
    co_return std::expected<void, proxy::failure>{};
  }

 private:
  class begun final : public proxy::begun_relay {
   public:
    begun(scripted_origin& by, const std::string& target) : by_(by), answer_(by.answer_of(target)) {}
    std::optional<proxy::whole_answer> take(std::string& head) override {
      if (by_.takes_ready != begins::whole) return std::nullopt;
      std::string sent = "HTTP/1.1 " + std::to_string(answer_.status) + " \r\n";
      for (const auto& [name, value] : answer_.fields) sent.append(name).append(": ").append(value).append("\r\n");
      sent += "Content-Length: " + std::to_string(answer_.body.size()) + "\r\n\r\n";
      return proxy::whole_answer{http::append_passed_head(sent, head).value(), answer_.body};
    }
    void give_up() override {}
    asio::awaitable<std::expected<void, proxy::failure>> go_on(proxy::upstream_request request,
                                                               proxy::body_source& body,
                                                               proxy::answer_sink& sink) override {
      return by_.relay(std::move(request), body, sink);
    }

   private:
    scripted_origin& by_;
    scripted_answer answer_;
  };

  class begun_miss final : public proxy::begun_fetch {
   public:
    begun_miss(scripted_origin& by, std::string target, std::uint64_t max_body)
        : by_(by), target_(std::move(target)), max_body_(max_body) {}
    std::optional<proxy::upstream_answer> take() override {
      if (by_.takes_misses != begins::whole) return std::nullopt;
      auto came = by_.fetched(target_, max_body_);
      return came ? std::optional(std::move(*came)) : std::nullopt;
    }
    asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> go_on(
        proxy::upstream_request request) override {
      by_.last_ = std::move(request);
      co_return by_.fetched(target_, max_body_);
    }

   private:
    scripted_origin& by_;
    std::string target_;
    std::uint64_t max_body_;
  };

  asio::awaitable<void> tell_when_answered(proxy::upstream_request request,
                                           std::shared_ptr<proxy::answer_waiter> told) {
    co_await asio::post(context_, asio::use_awaitable);
    co_await arrive(std::move(request));
    told->answer_came();
  }
  std::expected<proxy::upstream_answer, proxy::failure> fetched(const std::string& target,
                                                                std::uint64_t max_body) const {
    const scripted_answer answer = answer_of(target);
    if (answer.dies) throw std::runtime_error("scripted death");
    if (answer.failure) return std::unexpected(*answer.failure);
    if (answer.body.size() > max_body)
      return std::unexpected(proxy::failure{proxy::failure_kind::too_large, true, "scripted"});
    return proxy::upstream_answer{head_of(answer), answer.body};
  }

  asio::awaitable<void> arrive(proxy::upstream_request request) {
    const std::string target = request.target;
    ++counts_[target];
    last_ = std::move(request);
    const auto held = held_.find(target);
    if (held == held_.end()) co_return;
    auto timer = std::make_shared<asio::steady_timer>(context_, asio::steady_timer::time_point::max());
    held->second.push_back(timer);
    boost::system::error_code released;
    co_await timer->async_wait(asio::redirect_error(asio::use_awaitable, released));
  }
  scripted_answer answer_of(const std::string& target) const {
    const auto at = answers_.find(target);
    if (at != answers_.end()) return at->second;
    return {.status = 404, .body = R"({"success":false,"data":{"message":"not found"}})"};
  }
  static http::response_head head_of(const scripted_answer& answer) {
    http::response_head head;
    head.status = answer.status;
    for (const auto& [name, value] : answer.fields) head.fields.add(name, value);
    head.body = http::framing::length;
    head.content_length = answer.body.size();
    return head;
  }

  asio::io_context& context_;
  std::map<std::string, scripted_answer> answers_;
  std::map<std::string, std::vector<std::shared_ptr<asio::steady_timer>>> held_;
  std::map<std::string, int> counts_;
  proxy::upstream_request last_;
  std::string last_body_;
  ready last_ready_;
};

/// What a client got.
struct received {
  unsigned status = 0;
  http::fields fields;
  std::string body;
  bool complete = false;  ///< false: the connection would be closed without an end
  sidecache::outcome outcome = outcome::pass;
  http::made_ids made = {};  ///< what its access line is told that was made for it

  [[nodiscard]] std::string cache_status() const { return fields.joined("cache-status").value_or(""); }
};

/// One request of a client, and what became of it.
class conversation final : public proxy::exchange, public proxy::body_source, public proxy::answer_sink {
 public:
  conversation(http::request_head request, std::string body)
      : request_(std::move(request)), to_send_(std::move(body)) {}

  void leave() { left_ = true; }
  std::shared_ptr<const proxy::known_block> by_block;
  [[nodiscard]] bool done() const { return got_.has_value(); }
  [[nodiscard]] const received& got() const { return got_.value(); }
  void take(const proxy::answer& ready) {
    received r;
    r.status = ready.status;
    std::string_view lines = ready.head;
    const auto add_lines = [&](std::string_view text) {
      while (!text.empty()) {
        const auto end = text.find("\r\n");
        const auto colon = text.find(": ");
        r.fields.add(text.substr(0, colon), text.substr(colon + 2, end - colon - 2));
        text.remove_prefix(end + 2);
      }
    };
    lines.remove_prefix(lines.find("\r\n") + 2);
    add_lines(lines);
    add_lines(ready.fields);
    add_lines(ready.extra.view());
    if (request_.method != http::method::head) r.body = ready.body;
    r.complete = true;
    r.outcome = ready.report.outcome;
    r.made = made_;
    got_ = std::move(r);
  }
  /// It waits without a coroutine.
  std::unique_ptr<proxy::begun_pass> quick;
  void take_quick(const std::string& head, const proxy::whole_answer& whole) {
    made_ = quick->made();
    proxy::answer made;
    made.status = whole.head.status;
    made.head = head;
    made.body = whole.body;
    made.report = quick->report();
    answered_ = true;
    if (!left_) take(made);
  }

  [[nodiscard]] const http::request_head& request() const override { return request_; }
  [[nodiscard]] const proxy::known_block* known() const override { return by_block.get(); }
  proxy::body_source& body() override { return *this; }
  asio::awaitable<boost::system::error_code> send(proxy::answer what) override {
    answered_ = true;
    if (left_) co_return boost::asio::error::broken_pipe;
    take(what);
    co_return boost::system::error_code{};
  }
  proxy::answer_sink& sink() override { return *this; }
  void abort() override { leave(); }
  [[nodiscard]] bool answered() const override { return answered_; }
  proxy::report& report() override { return report_; }
  void went_upstream_as(const http::made_ids& ids) override { made_ = ids; }
  [[nodiscard]] std::string client_address() const override { return "10.0.0.9"; }

  asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override {
    if (left_) co_return std::unexpected(boost::asio::error::make_error_code(boost::asio::error::connection_reset));
    piece_ = std::exchange(to_send_, "");
    co_return piece_;
  }
  asio::awaitable<boost::system::error_code> start(http::response_head& head) override {
    answered_ = true;
    if (left_) co_return boost::asio::error::broken_pipe;
    got_ = received{.status = head.status, .fields = head.fields, .body = {}, .made = made_};
    got_->outcome = report_.outcome;
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> write(std::string_view piece) override {
    got_->body.append(piece);
    co_return boost::system::error_code{};
  }
  asio::awaitable<boost::system::error_code> finish(const http::fields& /*trailers*/) override {
    got_->complete = true;
    co_return boost::system::error_code{};
  }

 private:
  http::request_head request_;
  std::string to_send_;
  std::string piece_;
  bool left_ = false;
  bool answered_ = false;
  proxy::report report_;
  http::made_ids made_;
  std::optional<received> got_;
};

class quiet_observer final : public proxy::observer {
 public:
  void finished(const proxy::finished_request& /*r*/) override {}
  void finished(const proxy::finished_attempt& /*a*/) override {}
  void upstream_connections(proxy::connection_state /*s*/, int /*by*/) override {}
  void client_connections(int /*by*/) override {}
  void unknown_in_record(records::kind /*k*/, std::uint64_t fields, std::uint64_t values) override {
    unknown += fields + values;
  }
  std::uint64_t unknown = 0;
};

inline const header_list key_a = {{"x-portkey-api-key", "key-a"}};
inline const header_list key_b = {{"x-portkey-api-key", "key-b"}};

struct world {
  explicit world(proxy::settings s = {}, proxy::tenure seat = {}, std::shared_ptr<proxy::replica> with = {},
                 proxy::peers* others = nullptr)
      : core(std::move(s), clock, keys, std::move(seat), std::move(with)),
        handler(core, origin, observer, alarms, context.get_executor(), others) {}
  world(const world&) = delete;
  world& operator=(const world&) = delete;
  ~world() {
    // As a session that is aborted: it and what it waits for hold each other.
    for (const auto& each : waiting_quickly_)
      if (const auto talk = each.lock()) talk->quick.reset();
    core.close();
  }

  std::shared_ptr<conversation> start(std::string method, std::string target, const header_list& fields = key_a,
                                      std::string body = "") {
    http::request_head head;
    head.method_name = std::move(method);
    head.method = http::method_from(head.method_name);
    head.target = std::move(target);
    for (const auto& [name, value] : fields) head.fields.add(name, value);
    if (!body.empty()) {
      head.body = http::framing::length;
      head.content_length = body.size();
    }
    auto talk = std::make_shared<conversation>(std::move(head), std::move(body));
    sent_before_ = !sent_before_;  // every second request comes with a header block that is known
    if (const auto ready = answer_at_once(handler, talk->request(), sent_before_, talk->by_block)) {
      talk->take(*ready);
    } else if (!waits_quickly(talk)) {
      asio::co_spawn(context, handler.handle(*talk), [talk](const std::exception_ptr& failure) {
        if (failure) std::rethrow_exception(failure);
      });
    }
    run();
    return talk;
  }
  received ask(std::string method, std::string target, const header_list& fields = key_a, std::string body = "") {
    return start(std::move(method), std::move(target), fields, std::move(body))->got();
  }
  received get(std::string target, const header_list& fields = key_a) { return ask("GET", std::move(target), fields); }
  /// As a session does that knows the request's header block: without a coroutine, as long as none is needed.
  bool waits_quickly(const std::shared_ptr<conversation>& talk) {
    if (!talk->by_block || origin.takes_ready != scripted_origin::begins::no) return false;
    struct waiter final : proxy::answer_waiter {
      waiter(world& of, std::shared_ptr<conversation> whose) : w(of), talk(std::move(whose)) {}
      void answer_came() override {
        ++w.told_quickly;
        std::string head;
        if (const auto whole = talk->quick->take(head)) return talk->take_quick(head, *whole);
        asio::co_spawn(w.context, talk->quick->go_on(*talk), [kept = talk](const std::exception_ptr& failure) {
          if (failure) std::rethrow_exception(failure);
        });
      }
      world& w;
      std::shared_ptr<conversation> talk;
    };
    std::string block;
    talk->request().fields.serialize(block);
    talk->quick = handler.pass_known(talk->request().target, block.append("\r\n"), *talk->by_block,
                                     std::make_shared<waiter>(*this, talk));
    waiting_quickly_.push_back(talk);
    return talk->quick != nullptr;
  }
  int told_quickly = 0;

  /// Time passes, and what waits for it goes on.
  void advance(duration by) {
    clock.advance(by);
    alarms.ring(clock.now().mono);
    run();
  }
  void run() {
    context.restart();
    context.poll();
  }

  manual_clock clock;
  manual_alarms alarms;
  process_keys keys{};
  proxy::core core;  // outlives the context: coroutines that end with it hold permits
  asio::io_context context{1};
  scripted_origin origin{context};
  quiet_observer observer;
  proxy::proxy_handler handler;

 private:
  bool sent_before_ = false;
  std::vector<std::weak_ptr<conversation>> waiting_quickly_;
};

}  // namespace sidecache::tests
