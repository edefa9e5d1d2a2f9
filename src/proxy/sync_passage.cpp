#include "proxy/sync_passage.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>

#include "base/asio/as_result.hpp"
#include "http/trace_context.hpp"
#include "proxy/forwarding.hpp"
#include "proxy/lookup_answers.hpp"

namespace sidecache::proxy {
namespace {

using answered = std::expected<passed_sync, failure>;

/// They would make it a part, a 304, or bytes that can't be read here.
constexpr std::array<std::string_view, 7> left_out{
    "accept-encoding", "if-none-match", "if-modified-since", "if-match", "if-range", "if-unmodified-since", "range"};

/// What one coroutine tells another of the same thread.
struct news {
  explicit news(const asio::any_io_executor& on) : event(on, asio::steady_timer::time_point::max()) {}
  std::optional<answered> came;
  bool over = false;
  asio::steady_timer event;  // never expires: cancelling it is the event
};

/// Other sidecaches, who are being asked.
struct asked_peers {
  asked_peers(core& by, const tenant& whose, const asio::any_io_executor& on)
      : round(std::make_shared<peer_round>(by, whose)), event(on, asio::steady_timer::time_point::max()) {}
  void end() {
    over = true;
    event.cancel();
  }
  std::shared_ptr<peer_round> round;
  bool over = false;
  asio::steady_timer event;  // as that of news
};

std::shared_ptr<asked_peers> begin_asking(core& by, const sync_ways& ways, const tenant& whose) {
  if (ways.others == nullptr || !by.config().sync.heal) return nullptr;
  auto asked = std::make_shared<asked_peers>(by, whose, ways.on);
  asio::co_spawn(ways.on, ways.others->ask(asked->round), [asked](const std::exception_ptr& error) {
    if (error) spdlog::error("asking other sidecaches ended by an exception");
    asked->end();
  });
  return asked;
}

/// What they have said by `until`, or as soon as all have.
asio::awaitable<std::vector<sync_addition>> said_by(std::shared_ptr<asked_peers> asked, alarms& clocks,
                                                    mono_time until) {
  if (!asked->over) {
    // Weak: the alarm belongs to this coroutine, which the event may own.
    const auto patience = clocks.set(until, [weak = std::weak_ptr(asked)] {
      if (const auto still = weak.lock()) still->end();
    });
    co_await asked->event.async_wait(as_result);
  }
  asked->round->close();
  co_return asked->round->take_names();
}

asio::awaitable<answered> ask_for_sync(core& by, sync_ways ways, sync_request what) {
  const auto others = begin_asking(by, ways, what.whose);
  auto came = co_await ways.control_plane.fetch(std::move(what.request), by.config().sync_bytes);
  const bool heals = by.settle_sync(what.whose, what.identifier, what.sent, came);
  if (!heals && others) others->round->close();
  if (!came) co_return std::unexpected(std::move(came.error()));
  if (!heals) co_return passed_sync{std::move(*came), std::nullopt, nullptr};
  std::vector<sync_addition> said;
  if (others) said = co_await said_by(others, ways.clocks, by.now().mono + peer_patience);
  auto settled = by.heal_sync(what.whose, came->body, std::move(said));
  if (settled.body.size() != came->body.size()) {
    // What was said of other bytes (RFC 9110 §8.8, RFC 9530).
    for (const std::string_view name : {"etag", "content-md5", "digest", "content-digest", "repr-digest"})
      came->head.fields.erase(name);
  }
  came->body = std::move(settled.body);
  co_return passed_sync{std::move(*came), settled.told_to, others ? others->round : nullptr};
}

/// Whatever ends it, it was handed out: nothing that it may have named is relied on.
asio::awaitable<void> ask_and_tell(core& by, sync_ways ways, sync_request what, std::shared_ptr<news> to) {
  const tenant whose = what.whose;
  const std::string identifier = what.identifier;
  const instant sent = what.sent;
  try {
    to->came = co_await ask_for_sync(by, std::move(ways), std::move(what));
  } catch (const std::exception& error) {
    spdlog::error("sync ended by an exception: {}", error.what());
    failure why{.kind = failure_kind::protocol, .sent = true, .detail = "an exception"};
    (void)by.settle_sync(whose, identifier, sent, std::unexpected(why));
    to->came = std::unexpected(std::move(why));
  }
}

}  // namespace

sync_request make_sync_request(upstream_request passed, const tenant& whose, instant now) {
  for (const std::string_view name : left_out) passed.fields.erase(name);
  passed.fields.add("Accept-Encoding", "identity");
  passed.once = true;
  std::string identifier = http::query_value(passed.target, "identifier");
  return {.whose = whose, .identifier = std::move(identifier), .request = std::move(passed), .sent = now};
}

asio::awaitable<answered> pass_sync(core& by, sync_ways ways, sync_request what) {
  auto told = std::make_shared<news>(ways.on);
  const asio::any_io_executor on = ways.on;
  asio::co_spawn(on, ask_and_tell(by, std::move(ways), std::move(what), told), [told](const std::exception_ptr& error) {
    // Not even that could be noted: whoever waits must not do so for ever.
    if (error) spdlog::error("sync ended by an exception, and what it may have named is not known");
    told->over = true;
    told->event.cancel();
  });
  if (!told->over) co_await told->event.async_wait(as_result);
  if (auto& came = told->came) co_return std::move(*came);
  const bool left = !told->over;
  co_return std::unexpected(failure{.kind = failure_kind::reset, .sent = true, .detail = "no end", .by_client = left});
}

asio::awaitable<void> answer_sync(core& by, sync_ways ways, exchange& client, plan made, random_source& ids) {
  const http::request_head& request = client.request();
  const instant now = by.now();
  const std::string from = by.config().forwarded_for ? client.client_address() : "";
  const tenant whose = by.tenant_of(request.fields, made.target.organisation);
  client.report() = {outcome::invalidate, made.route};
  upstream_request passed = passed_request(request, by, from, made.route);
  client.went_upstream_as(http::complete_trace_fields(passed.fields, ids));
  auto came = co_await pass_sync(by, std::move(ways), make_sync_request(std::move(passed), whose, now));
  if (!came) {
    if (!came.error().by_client) co_await client.send(upstream_failed(came.error(), request.method, made));
    co_return;
  }
  const std::optional<std::uint64_t> told_to = came->told_to;
  const auto round = std::move(came->round);
  const auto not_taken = co_await client.send(answer_to_sync(std::move(came->answer), made));
  if (not_taken || !told_to) co_return;
  by.sync_handed_on(whose, *told_to);
  if (round) round->handed_on();
}

}  // namespace sidecache::proxy
