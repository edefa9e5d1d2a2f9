// The part of a session that answers from memory in steps, with others that were asked at the same time (ready_set).
#include "net/session.hpp"

namespace sidecache::net {

void session::join_others() {
  auto& set = host_.home.ready;
  const std::size_t place = set.next_place();
  listening_ = false;
  const auto most = host_.batch[place].most = room_for_arrival();
  set.join(*this, {.descriptor = client_.rests_at(), .into = host_.home.batch[place].arriving.get(), .most = most});
}

std::optional<ready_set::to_write> session::prepare(std::size_t place, transferred read) {
  auto& memory = host_.home.batch[place];
  auto& own = host_.batch[place];
  if (auto arrived = judge_arrived(memory, connection::arrived(read), own.most)) {
    const progress made = answer_known(*arrived, place);
    if (made == progress::put_off)
      return ready_set::to_write{.descriptor = client_.rests_at(), .first = memory.leaving, .second = own.body};
    own.made.reset();
    if (made == progress::taken) converse(*arrived);
  }
  if (!client_.resting()) stop_holding();
  return std::nullopt;
}

void session::finish(std::size_t place, transferred written) {
  auto& own = host_.batch[place];
  if (!own.made) return;
  std::string_view head = host_.home.batch[place].leaving;
  const auto before = client_.written();
  client_.wrote(written.size);
  bool goes_on = true;
  if (written.size == head.size() + own.body.size()) {
    report(*own.made, own.asked, written.size, false, host_.home.ready.time_or_now());
  } else {  // tried once more, which tells of an error again
    const auto of_head = std::min(written.size, head.size());
    head.remove_prefix(of_head);
    own.body.remove_prefix(written.size - of_head);
    goes_on = write(*own.made, head, own.body, own.arrived, own.asked, before);
  }
  own.made.reset();
  if (goes_on && drained_)
    listen(answered_);
  else if (goes_on)
    readable({});
  if (!client_.resting()) stop_holding();
}

}  // namespace sidecache::net
