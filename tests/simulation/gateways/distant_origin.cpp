#include "simulation/gateways/distant_origin.hpp"

#include <algorithm>

namespace sidecache::simulation::gateways {
namespace {

using proxy::failure;
using proxy::failure_kind;

proxy::upstream_answer made(unsigned status, std::string body) {
  proxy::upstream_answer out;
  out.head.status = status;
  out.head.fields.add("Content-Type", "application/json");
  out.head.body = http::framing::length;
  out.head.content_length = body.size();
  out.body = std::move(body);
  return out;
}

}  // namespace

asio::awaitable<std::expected<proxy::upstream_answer, failure>> distant_origin::fetch(proxy::upstream_request request,
                                                                                      std::uint64_t /*max_body*/) {
  ++asked;
  const bool slow = chance_.one_in(truth_.slow_one_in);
  const duration whole = slow ? between(1s, 6s, chance_) : 4ms + about(20ms, chance_);
  const duration there = between(whole / 4, whole * 3 / 4, chance_);
  if (truth_.now == weather::refused) {
    co_await pauses_.until(clock_.now().mono + 1ms);
    co_return std::unexpected(failure{.kind = failure_kind::connect, .detail = "refused"});
  }
  const mono_time back_at = clock_.now().mono + whole;
  co_await pauses_.until(clock_.now().mono + there);
  if (truth_.now == weather::silent || truth_.now == weather::refused || back_at >= request.deadline) {
    co_await pauses_.until(request.deadline);
    co_return std::unexpected(failure{.kind = failure_kind::timeout, .sent = true, .detail = "silence"});
  }
  auto answer = processed(request, back_at);
  co_await pauses_.until(back_at);
  co_return answer;
}

proxy::upstream_answer distant_origin::processed(const proxy::upstream_request& request, mono_time back_at) {
  const bool out_of_order = truth_.now == weather::unavailable || (truth_.now == weather::flaky && chance_.one_in(2));
  if (out_of_order) return made(503, R"({"success":false,"data":{"message":"unavailable"}})");
  constexpr std::string_view before = "identifier=";
  if (const auto at = request.target.find(before); at != std::string::npos) {
    std::string changes = truth_.changes_for(request.target.substr(at + before.size()));
    for (const record_number r : named_by(changes)) named_[r] = back_at;
    return made(200, std::move(changes));
  }
  const auto r = record_at(request.target);
  if (!r || *r >= truth_.records()) return made(404, R"({"success":false,"data":{"message":"not found"}})");
  return made(200, truth_.record(*r));
}

asio::awaitable<std::expected<void, failure>> distant_origin::relay(proxy::upstream_request /*request*/,
                                                                    proxy::body_source& /*body*/,
                                                                    proxy::answer_sink& /*sink*/) {
  co_return std::unexpected(failure{.kind = failure_kind::connect, .detail = "not played"});
}

}  // namespace sidecache::simulation::gateways
