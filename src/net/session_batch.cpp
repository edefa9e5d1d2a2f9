// The part of a session that answers from memory in steps, with others that were asked at the same time (ready_set).
#include "net/session.hpp"

namespace sidecache::net {

/// Others are ready too, as a rule: prepare() goes on when all of them have read.
void session::join_others() {
  auto& set = host_.home.ready;
  const std::size_t place = set.next_place();
  listening_ = false;
  const auto arrived = take_arrived(host_.home.batch[place]);
  if (!arrived) return;
  host_.batch[place].arrived = *arrived;
  set.join(*this);
}

bool session::prepare(std::size_t place) {
  std::string_view arrived = host_.batch[place].arrived;
  const progress made = answer_known(arrived, place);
  if (made == progress::put_off) return true;
  host_.batch[place].made.reset();
  if (made == progress::taken) converse(arrived);
  if (!client_.resting()) stop_holding();
  return false;
}

void session::finish(std::size_t place) {
  auto& own = host_.batch[place];
  const bool goes_on = own.made && write(*own.made, host_.home.batch[place].leaving, own.body, own.arrived, own.asked);
  own.made.reset();
  if (goes_on && drained_)
    listen(answered_);
  else if (goes_on)
    readable({});
  if (!client_.resting()) stop_holding();
}

}  // namespace sidecache::net
