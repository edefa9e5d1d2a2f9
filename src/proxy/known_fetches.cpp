// The quick path of misses: lookups whose header block proxy_handler has looked at once, and which wait for a flight.
//
// The fetch (lookup_fetches.cpp) belongs to no client, as all do, and outlives whoever set it off; its request goes up
// by the lines of the block. On the client's side no head is parsed, and no coroutine waits. This is for the plain case
// alone: nothing is stored under the key, and what comes is an answer that is handed on. Whatever takes more is left to
// answer_lookup(), before the flight is boarded or when it has landed.
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "proxy/known_client.hpp"
#include "proxy/lookup_answers.hpp"
#include "proxy/proxy_handler.hpp"

namespace sidecache::proxy {
namespace {

/// Somebody who waits for a flight. Touched by its own thread only.
struct flight_ticket {
  std::shared_ptr<answer_waiter> told;  ///< null: nobody waits any longer
  landing_ptr came;                     ///< null: not yet, or the flight ended empty-handed
};

/// Never from within, and on `thread`, whose context runs on until then.
void tell_of(record_flights::flight& flight, const asio::any_io_executor& thread,
             const std::shared_ptr<flight_ticket>& ticket) {
  flight.wait([work = asio::make_work_guard(thread), ticket](std::optional<landing_ptr> came) {
    asio::post(work.get_executor(), [ticket, landed = std::move(came).value_or(nullptr)]() mutable {
      const auto told = std::exchange(ticket->told, nullptr);
      if (!told) return;
      ticket->came = std::move(landed);
      told->answer_came();
    });
  });
}

/// Of one that a block is known of: it says nothing about what it wants, but for its credential.
const http::request_head& plain_get() {
  static const http::request_head head{};
  return head;
}

}  // namespace

class proxy_handler::known_fetch final : public begun_pass {
 public:
  /// `by` outlives it.
  known_fetch(proxy_handler& by, http::route of, fetch_reason why, const http::made_ids& sent,
              std::shared_ptr<flight_ticket> ticket)
      : by_(by), why_(why), sent_(sent), ticket_(std::move(ticket)) {
    report_.route = plan_.route = of;
  }
  ~known_fetch() override { ticket_->told.reset(); }

  std::optional<whole_answer> take(std::string& head) override {
    const landing* const landed = acceptable();
    if (landed == nullptr || !landed->answer) return std::nullopt;
    if (consequence_of(landed->verdict).stale_first || landed->verdict == verdict::too_large) return std::nullopt;
    const answer reply = reply_of(*landed, why_, {plain_get(), plan_, {}}, by_.core_.now());
    head.append(reply.head).append(reply.fields).append(reply.extra.view());
    report_ = reply.report;
    return whole_answer{{.status = reply.status, .length = reply.body.size(), .dated = reply.dated}, reply.body};
  }
  /// The fetch goes on for others, as one does whose client has left.
  void give_up() override { ticket_->told.reset(); }
  asio::awaitable<void> go_on(exchange& client) override {
    const plan made = by_.plan_of(client.request());
    if (why_.leads) client.went_upstream_as(sent_);
    if (acceptable() == nullptr) {
      co_await by_.answer_lookup(client, made, why_.asked, 1);
      co_return;
    }
    lookup of;
    by_.describe(client.request(), made, client.known(), of);
    by_.last_partition_.forget();
    co_await by_.answer_landing(client, by_.asked_by(client.request(), made), of, ticket_->came, why_);
  }
  [[nodiscard]] proxy::report report() const override { return report_; }
  [[nodiscard]] const http::made_ids& made() const override { return sent_; }

 private:
  /// Null: there is none, or it will not do.
  [[nodiscard]] const landing* acceptable() const {
    const landing* const landed = ticket_->came.get();
    return landed != nullptr && answers(*landed, why_) ? landed : nullptr;
  }

  proxy_handler& by_;
  plan plan_;  ///< as far as an answer depends on it
  fetch_reason why_;
  http::made_ids sent_;
  proxy::report report_{outcome::miss, {}};
  std::shared_ptr<flight_ticket> ticket_;
};

std::unique_ptr<begun_pass> proxy_handler::fetch_known(std::string_view target, std::string_view block,
                                                       const known_client& who, const plan& made,
                                                       const std::shared_ptr<answer_waiter>& told) {
  // Wishes that don't count now may do so when the flight lands; a request keeps to what held when it began.
  if (!who.looked_up || who.has_wishes || core_.succeeded()) return nullptr;
  const instant now = core_.now();
  if (core_.drill().on(now.mono)) return nullptr;
  lookup of = who.begun;
  core::end_lookup(target, made, of);
  if (core_.look(of, now).entry || core_.paused_until(of, now)) return nullptr;
  wiped_text lines;
  http::made_ids sent{};
  if (!who.looked_up->append(block, ids_, sent, lines.bytes)) return nullptr;

  auto boarded = core_.board(of);
  const fetch_reason why{.leads = boarded.permit.has_value(), .asked = now.mono};
  // Between the two another flight may have landed and stored: then this one must not fetch again.
  if (why.leads && core_.look(of, core_.now()).entry) return nullptr;
  if (!why.leads) sent.clear();
  if (why.leads) send_fetch(std::move(*boarded.permit), of, target, std::move(lines));
  auto ticket = std::make_shared<flight_ticket>(told);
  tell_of(*boarded.flight, executor_, ticket);
  return std::make_unique<known_fetch>(*this, made.route, why, sent, std::move(ticket));
}

}  // namespace sidecache::proxy
