#include "simulation/gateways/neighbours.hpp"

#include "simulation/gateways/sidecache_process.hpp"

namespace sidecache::simulation::gateways {
namespace {

/// As long as the program waits for one.
constexpr duration given_up_after = 2s;

}  // namespace

mono_time neighbours::ask_one(const std::shared_ptr<proxy::peer_round>& in, std::size_t which) {
  const std::string name = std::to_string(which);
  const std::string target = proxy::target_of(in->question_to(name));
  const mono_time now = stage_.now().mono;
  if (who_.mute == which) {
    stage_.at(now + given_up_after, [in, name] { in->heard(name, std::unexpected(proxy::peer_result::unreachable)); });
    return now + given_up_after;
  }
  const duration whole = chance_.one_in(20) ? between(200ms, 1900ms, chance_) : 1ms + about(10ms, chance_);
  const mono_time back = now + std::min<duration>(whole, given_up_after);
  stage_.after(between(0s, back - now, chance_), [this, in, name, target, which, back] {
    const auto asked = proxy::read_peer_question(target);
    if (!asked) return;  // never: then nothing is healed, which is seen
    stage_.at(back, [in, name, said = proxy::text_of(who_.all[which]->memory().tell_peer(*asked))] {
      auto read = proxy::read_peer_answer(said);
      if (read) return in->heard(name, *std::move(read));
      in->heard(name, std::unexpected(proxy::peer_result::garbled));
    });
  });
  return back;
}

asio::awaitable<void> neighbours::ask(std::shared_ptr<proxy::peer_round> in) {
  mono_time last = stage_.now().mono;
  for (std::size_t i = 0; i < who_.all.size(); ++i) last = std::max(last, ask_one(in, i));
  co_await pauses_.until(last + 1us);  // alarms ring before the events of their instant
}

}  // namespace sidecache::simulation::gateways
