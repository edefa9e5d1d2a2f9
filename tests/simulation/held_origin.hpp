// The origin as the scheduler holds it: whatever is asked waits, and ends when and how the scheduler says.
//
// Theory of operation: fetch() and relay() put a `held_request` into the list and wait for it. The scheduler moves a
// request along: it is processed at the control plane (at which moment the answer is made, from what is true there
// then), and delivered, or it fails before, between or instead. No timers and no sockets: the io_context then has no
// reactor, and polling it costs no system call. A client that is cut off in mid-relay has its request failed at once.
//
// Lifetime: requests are shared between the list and the coroutine that waits; the coroutine is resumed by a post to
// its own executor, on the simulation's one thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "proxy/origin.hpp"
#include "simulation/ledger.hpp"

namespace sidecache::simulation {

namespace asio = boost::asio;

struct held_request {
  bool relayed = false;
  std::uint32_t replica = 0;
  std::uint32_t life = 0;  ///< of the replica
  int who = -1;
  int where = -1;               ///< of a lookup
  int write = -1;               ///< of a write
  std::uint32_t validates = 0;  ///< serial in If-None-Match; 0: none
  bool by_tag = false;          ///< If-None-Match is there
  std::optional<wall_time> since = {};
  std::uint32_t asked = 0;  ///< step
  std::uint32_t name = 0;   ///< by which the scheduler chooses: of the decision that made it
  mono_time sent;
  fetch_terms fetched;
  // As far as the control plane has come:
  bool processed = false;
  std::uint32_t serial = 0;  ///< of its answer to a read
  unsigned status = 0;
  // What the one who waits is told:
  std::optional<proxy::upstream_answer> answer;
  std::optional<proxy::failure> failure;
  bool dies = false;
  std::optional<std::size_t> breaks_after;
  bool cancelled = false;
  std::move_only_function<void()> resume;
};
using held_ptr = std::shared_ptr<held_request>;

class held_origin final : public proxy::origin {
 public:
  /// `arrived` is told of each request, and may fill in what became of it at once.
  using arrival = std::function<void(const proxy::upstream_request&, const held_ptr&)>;
  /// `cut` is told of each that ends because its client was cut off.
  using ending = std::function<void(const held_request&)>;
  held_origin(asio::any_io_executor executor, arrival arrived, ending cut)
      : executor_(std::move(executor)), arrived_(std::move(arrived)), cut_(std::move(cut)) {}
  held_origin(const held_origin&) = delete;
  held_origin& operator=(const held_origin&) = delete;
  ~held_origin() override;

  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request request,
                                                                               std::uint64_t max_body) override;
  /// Two of three, of which one comes whole.
  std::unique_ptr<proxy::begun_fetch> begin_fetch(const proxy::ready_request& request, std::uint64_t max_body,
                                                  const std::shared_ptr<proxy::answer_waiter>& told) override;
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request request, proxy::body_source& body,
                                                             proxy::answer_sink& sink) override;

  /// In the order they came.
  [[nodiscard]] const std::vector<held_ptr>& held() const { return held_; }
  /// Its coroutine goes on with what is written in it.
  void release(const held_ptr& request);

 private:
  class begun_miss;
  asio::awaitable<void> wait(held_ptr request);
  static std::expected<proxy::upstream_answer, proxy::failure> outcome_of(held_request& done);
  static asio::awaitable<std::expected<void, proxy::failure>> hand_on(const held_request& done,
                                                                      proxy::answer_sink& sink);
  asio::any_io_executor executor_;
  arrival arrived_;
  ending cut_;
  std::vector<held_ptr> held_;
  unsigned ready_ = 0;  ///< requests whose lines were ready, so far
};

}  // namespace sidecache::simulation
