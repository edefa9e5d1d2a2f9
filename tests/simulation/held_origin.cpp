#include "simulation/held_origin.hpp"

#include <algorithm>
#include <boost/asio/associated_cancellation_slot.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include "http/head_block.hpp"

namespace sidecache::simulation {

using proxy::failure;
using proxy::failure_kind;

// A request is kept by the coroutine that its own `resume` keeps.
held_origin::~held_origin() {
  for (const auto& each : held_) const auto ended = std::exchange(each->resume, nullptr);
}

void held_origin::release(const held_ptr& request) {
  std::erase(held_, request);
  if (auto resume = std::exchange(request->resume, nullptr)) asio::post(executor_, std::move(resume));
}

asio::awaitable<void> held_origin::wait(held_ptr request) {
  if (request->answer || request->failure) co_return;  // decided on arrival
  held_.push_back(request);
  co_await asio::async_initiate<const asio::use_awaitable_t<>, void()>(
      [this, request](auto handler) {
        auto slot = asio::get_associated_cancellation_slot(handler);
        if (slot.is_connected())
          slot.assign([this, weak = std::weak_ptr(request)](asio::cancellation_type /*how*/) {
            const auto still = weak.lock();
            if (!still || !still->resume) return;
            still->cancelled = true;
            cut_(*still);
            release(still);
          });
        request->resume = [slot, h = std::move(handler)]() mutable {
          slot.clear();
          std::move(h)();
        };
      },
      asio::use_awaitable);
}

asio::awaitable<std::expected<proxy::upstream_answer, failure>> held_origin::fetch(proxy::upstream_request request,
                                                                                   std::uint64_t /*max_body*/) {
  const auto mine = std::make_shared<held_request>();
  arrived_(request, mine);
  co_await wait(mine);
  co_return outcome_of(*mine);
}

std::expected<proxy::upstream_answer, failure> held_origin::outcome_of(held_request& done) {
  if (done.dies) throw std::runtime_error("a leader died");
  if (done.failure) return std::unexpected(*done.failure);
  return std::move(*done.answer);
}

class held_origin::begun_miss final : public proxy::begun_fetch {
 public:
  begun_miss(held_ptr of, bool whole, proxy::upstream_request asked)
      : of_(std::move(of)), whole_(whole), asked_(std::move(asked)) {}
  std::optional<proxy::upstream_answer> take() override {
    if (!whole_ || of_->dies || of_->failure) return std::nullopt;
    return std::move(*of_->answer);
  }
  asio::awaitable<std::expected<proxy::upstream_answer, failure>> go_on(proxy::upstream_request request) override {
    std::string before;
    std::string now;
    asked_.fields.serialize(before);
    request.fields.serialize(now);
    if (now != before || request.target != asked_.target) throw std::logic_error("what goes on is another request");
    co_return outcome_of(*of_);
  }

 private:
  held_ptr of_;
  bool whole_;
  proxy::upstream_request asked_;
};

std::unique_ptr<proxy::begun_fetch> held_origin::begin_fetch(const proxy::ready_request& request,
                                                             std::uint64_t /*max_body*/,
                                                             const std::shared_ptr<proxy::answer_waiter>& told) {
  if (++ready_ % 3 == 0) return nullptr;
  proxy::upstream_request asked;
  asked.target = request.target;
  http::for_each_field(request.lines, [&](auto name, auto value) { asked.fields.add(name, value); });
  asked.route = request.route;
  const auto mine = std::make_shared<held_request>();
  arrived_(asked, mine);
  const auto decided = mine->answer || mine->failure;
  if (!decided) held_.push_back(mine);
  mine->resume = [told] { told->answer_came(); };
  if (decided) release(mine);
  return std::make_unique<begun_miss>(mine, ready_ % 3 == 1, std::move(asked));
}

asio::awaitable<std::expected<void, failure>> held_origin::relay(proxy::upstream_request request,
                                                                 proxy::body_source& body, proxy::answer_sink& sink) {
  while (request.body != http::framing::none) {
    const auto piece = co_await body.next();
    if (!piece) co_return std::unexpected(failure{failure_kind::reset, true, "the client left"});
    if (piece->empty()) break;
  }
  const auto mine = std::make_shared<held_request>();
  mine->relayed = true;
  arrived_(request, mine);
  co_await wait(mine);
  if (mine->cancelled) throw boost::system::system_error(asio::error::operation_aborted);
  if (mine->failure) co_return std::unexpected(*mine->failure);
  co_return co_await hand_on(*mine, sink);
}

asio::awaitable<std::expected<void, failure>> held_origin::hand_on(const held_request& done, proxy::answer_sink& sink) {
  const failure gone{failure_kind::reset, true, "the client left"};
  http::response_head head = done.answer->head;
  if (co_await sink.start(head)) co_return std::unexpected(gone);
  const std::string_view whole = done.answer->body;
  const auto half = std::min(done.breaks_after.value_or(whole.size() / 2), whole.size());
  if (co_await sink.write(whole.substr(0, half))) co_return std::unexpected(gone);
  if (done.breaks_after) co_return std::unexpected(failure{failure_kind::reset, true, "cut off"});
  if (co_await sink.write(whole.substr(half))) co_return std::unexpected(gone);
  if (co_await sink.finish({})) co_return std::unexpected(gone);
  co_return std::expected<void, failure>{};
}

}  // namespace sidecache::simulation
