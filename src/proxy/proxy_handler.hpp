// The proxy on one worker thread: performs what core and plan decide.
//
// Owned by its thread; shares `core` with the others. The origin, the observer and the alarms are this thread's own. It
// starts fetches that outlive the requests which caused them, so it must live until the thread's io_context has ended.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/alarms.hpp"
#include "base/random_source.hpp"
#include "base/secret.hpp"
#include "proxy/core.hpp"
#include "proxy/exchange.hpp"
#include "proxy/lookup_answers.hpp"
#include "proxy/observer.hpp"
#include "proxy/origin.hpp"

namespace sidecache::proxy {

struct known_client;

class proxy_handler final : public handler {
 public:
  /// `others`: sidecaches that are asked while a sync passes; null for none. `ids`: of requests that go upstream
  /// without any; the program draws its seed at the start.
  proxy_handler(core& shared, origin& upstream, observer& watching, alarms& clocks, asio::any_io_executor executor,
                peers* others = nullptr, random_source ids = random_source(0));

  std::shared_ptr<const known_block> recognise(const http::request_head& request) override;
  bool answer_known(std::string_view target, const known_block& by, std::string_view if_none_match, mono_time at,
                    answer& out) override;
  std::unique_ptr<begun_pass> pass_known(std::string_view target, std::string_view block, const known_block& by,
                                         const std::shared_ptr<answer_waiter>& told) override;
  std::optional<answer> answer_now(const http::request_head& request, const known_block* by) override;
  asio::awaitable<void> handle(exchange& client) override;

 private:
  class known_pass;
  class known_fetch;
  class sent_fetch;
  /// A pass-through's request that went up already.
  struct sent_before {
    random_source ids;  ///< as it was when they were drawn: drawn again, they are the same
    http::made_ids made;
    std::unique_ptr<begun_relay> under_way;
  };
  /// What a fetch leaves behind.
  enum class keeping : std::uint8_t {
    stored,  ///< as the settings and the answer allow
    judged,  ///< nothing new: the client that it is fetched for said no-store
    none,    ///< nothing at all, and no trace of it
  };
  /// Why and how a lookup went upstream.
  struct fetch_reason {
    bool had_entry = false;     ///< something was stored, but could not be served
    bool for_client = false;    ///< it could be, but the client's own directives refused it
    bool newer_flight = false;  ///< only one that begins after the client asked will do
    bool leads = false;         ///< this client's wish began the flight
    bool is_last = false;       ///< no further flight is waited for
    mono_time asked{};          ///< when the client did
  };

  void describe(const http::request_head& request, const plan& made, const known_block* by, lookup& out);
  const http::target& classified(std::string_view target);
  plan plan_of(const http::request_head& request) {
    return plan_request(request, classified(request.target), core_.config().kind);
  }
  asio::awaitable<void> answer_by_mode(exchange& client, plan made);
  /// `asked`: when the client did. `boardings`: how many flights it has waited for in vain.
  asio::awaitable<void> answer_lookup(exchange& client, plan made, mono_time asked, int boardings = 0);
  asio::awaitable<bool> answer_boarded(exchange& client, const asker& who, const lookup& of,
                                       record_flights::flight_ptr flight, fetch_reason why, bool may_stand_in);
  /// Whether it answers who asked so; else the next flight may.
  [[nodiscard]] static bool answers(const landing& came, const fetch_reason& asked);
  /// What came, where it is that which is handed on.
  [[nodiscard]] static answer reply_of(const landing& came, const fetch_reason& asked, const asker& who, instant now);
  asio::awaitable<void> answer_landing(exchange& client, const asker& who, const lookup& of, landing_ptr landed,
                                       fetch_reason asked);
  asio::awaitable<void> give(exchange& client, answer what, const lookup& of);
  asio::awaitable<void> relay(exchange& client, plan made, std::string_view detail, sent_before* begun = nullptr);
  asio::awaitable<void> fetch(record_flights::permit permit, lookup of, upstream_request request, keeping how);

  /// In shadow: what `on` would do with a lookup.
  struct forecast {
    would_be memory;
    bool storable = true;   ///< false: it is known that what this gives can't be stored
    bool may_store = true;  ///< false: the client said no-store
    bool refused = false;   ///< told to slow down, or only-if-cached: an error without a question
    entry_ptr held;         ///< stale: given once the control plane is late
  };
  forecast forecast_of(const lookup& of, const asker& who, instant now);
  asio::awaitable<void> shadow_lookup(exchange& client, plan made);
  record_flights::flight_ptr shadow_flight(exchange& client, const lookup& of, const asker& who, forecast& ahead,
                                           bool& shares);
  void stand_in(forecast& ahead, const lookup& of, const asker& who, const landing& landed, duration took);
  asio::awaitable<void> answer_shadowed(exchange& client, const asker& who, const landing& landed);

  [[nodiscard]] asker asked_by(const http::request_head& request, const plan& made) const;
  std::optional<answer> from_memory(const seen& found, const lookup& of, const asker& who, instant now);
  std::optional<answer> answer_paused(const seen& found, const lookup& of, const asker& who, instant now);
  http::made_ids start_fetch(record_flights::permit permit, const lookup& of, const asker& who, urgency how,
                             keeping kept);
  void spawn_fetch(record_flights::permit permit, const lookup& of, upstream_request asked, keeping kept);
  /// The same of a miss whose fields are known as lines, without a coroutine where the origin can do that.
  void send_fetch(record_flights::permit permit, const lookup& of, std::string_view target, wiped_text lines);
  void settle(record_flights::permit permit, const core::attempt& asked,
              const std::expected<upstream_answer, failure>& came);
  /// Null: it takes more than to wait for a flight, or there is none to wait for.
  std::unique_ptr<begun_pass> fetch_known(std::string_view target, std::string_view block, const known_client& who,
                                          const plan& made, const std::shared_ptr<answer_waiter>& told);
  void refresh(const lookup& of, const asker& who, urgency how);
  [[nodiscard]] failure kept_from_it(instant now) const;

  core& core_;
  origin& origin_;
  observer& observer_;
  alarms& alarms_;
  asio::any_io_executor executor_;
  peers* others_;
  random_source ids_;
  last_partition last_partition_;
  /// What cannot be answered at once is planned twice: what the last target was, by its bytes.
  std::string planned_;
  http::target planned_as_;
  std::string passing_;  // what goes up with a known pass-through; wiped, and its memory kept
  lookup scratch_;       // of what is answered at once, so that a hit keeps its memory from request to request
};

}  // namespace sidecache::proxy
