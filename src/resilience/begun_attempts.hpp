// First attempts of resilient_origin that are under way without a coroutine, and what all attempts say of their ends.
// Of resilient_origin.cpp and begun_attempts.cpp alone.
#pragma once

#include <algorithm>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "resilience/resilient_origin.hpp"

namespace sidecache::resilience {

inline std::string said_by(const proxy::failure& why) { return std::string(to_string(why.kind)) + ": " + why.detail; }
inline std::string said_by(unsigned status) { return "status " + std::to_string(status); }

inline void take_in(const std::expected<proxy::upstream_answer, proxy::failure>& came, attempt_end& end) {
  if (came) {
    end.good = finding_of(came->head.status) != finding::failed;
    end.worth_repeating = is_worth_repeating(came->head);
  } else {
    end.good = finding_of(came.error()) != finding::failed;
    end.worth_repeating = is_worth_repeating(came.error());
    end.free_elsewhere = end.free_elsewhere || never_arrived(came.error());
  }
}

inline attempt_end end_of(const upstream_group::permit& permit, finding what) {
  const bool failed = what == finding::failed;
  return {.upstream = permit.upstream(),
          .good = !failed,
          .worth_repeating = false,
          .free_elsewhere = failed && permit.is_probe()};
}

/// Ends before the origin that it is of.
class resilient_origin::begun_fetch final : public proxy::begun_fetch {
 public:
  begun_fetch(resilient_origin& of, upstream_group::permit held, mono_time since, std::uint64_t most,
              std::unique_ptr<proxy::begun_fetch> under_way)
      : permit(std::move(held)), begun(since), inner(std::move(under_way)), of_(of), max_body_bytes_(most) {}

  std::optional<proxy::upstream_answer> take() override {
    auto answer = inner->take();
    if (!answer) return std::nullopt;
    fetched whole = std::move(*answer);
    attempt_end end = end_of(permit, finding::failed);
    take_in(whole, end);
    of_.settle(permit, begun, whole);
    if (end.good && !end.worth_repeating) return std::move(*whole);
    came = std::move(whole);
    return std::nullopt;
  }
  asio::awaitable<fetched> go_on(proxy::upstream_request request) override {
    request.deadline = std::min(request.deadline, begun + of_.settings_.timeout);
    return of_.attempts(std::move(request), max_body_bytes_, this);
  }

  upstream_group::permit permit;
  mono_time begun;
  std::unique_ptr<proxy::begun_fetch> inner;
  std::optional<fetched> came;  ///< whole, and to be asked for again if that may be

 private:
  resilient_origin& of_;
  std::uint64_t max_body_bytes_;
};

/// Ends before the origin that it is of.
class resilient_origin::begun_pass final : public proxy::begun_relay {
 public:
  begun_pass(resilient_origin& of, upstream_group::permit held, mono_time since,
             std::unique_ptr<proxy::begun_relay> under_way)
      : permit(std::move(held)), begun(since), inner(std::move(under_way)), of_(of) {}

  std::optional<proxy::whole_answer> take(std::string& head) override {
    const auto whole = inner->take(head);
    if (!whole) return std::nullopt;
    const unsigned status = whole->head.status;
    const mono_time now = of_.now();
    permit.settle(finding_of(status), now - begun, said_by(status), now);
    return whole;
  }
  void give_up() override {
    inner->give_up();
    const proxy::failure why = {.kind = proxy::failure_kind::reset, .sent = true, .detail = "given up"};
    const mono_time now = of_.now();
    permit.settle(finding_of(why), now - begun, said_by(why), now);
  }
  asio::awaitable<relayed> go_on(proxy::upstream_request request, proxy::body_source& body,
                                 proxy::answer_sink& sink) override {
    return of_.pass(std::move(request), body, sink, this);
  }

  upstream_group::permit permit;
  mono_time begun;
  std::unique_ptr<proxy::begun_relay> inner;

 private:
  resilient_origin& of_;
};

}  // namespace sidecache::resilience
