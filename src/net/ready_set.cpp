#include "net/ready_set.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>
#include <utility>

namespace sidecache::net {
namespace {

using boost::system::error_code;

error_code os_error() { return {errno, boost::system::system_category()}; }

int make_set() {
  const int made = ::epoll_create1(EPOLL_CLOEXEC);
  if (made < 0) throw boost::system::system_error(os_error(), "epoll_create1");
  return made;
}

}  // namespace

std::optional<ready_set::to_write> ready_set::member::prepare(std::size_t /*place*/, transferred /*read*/) {
  return std::nullopt;
}
void ready_set::member::finish(std::size_t /*place*/, transferred /*written*/) {}

ready_set::ready_set(asio::io_context& context) : set_(context, make_set()) {}

ready_set::~ready_set() {
  while (!members_.empty()) {
    member& each = members_.front();
    members_.pop_front();
    each.forsaken();
  }
}

error_code ready_set::add(int descriptor, member& who) {
  epoll_event event{.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.ptr = &who}};
  if (::epoll_ctl(set_.native_handle(), EPOLL_CTL_ADD, descriptor, &event) != 0) return os_error();
  members_.push_back(who);
  if (!waiting_) wait();
  return {};
}

void ready_set::remove(int descriptor, member& who) {
  if (who.is_linked()) members_.erase(members_.iterator_to(who));
  ::epoll_ctl(set_.native_handle(), EPOLL_CTL_DEL, descriptor, nullptr);
  for (auto& event : left_)
    if (event.data.ptr == &who) event.data.ptr = nullptr;
  for (auto& each : std::span(batch_).first(joined_))
    if (each.who == &who) each.who = nullptr;
}

void ready_set::wait() {
  waiting_ = true;
  set_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;  // the set is gone
    std::size_t in_a_row = 0;
    for (std::size_t told = busy_from; told >= busy_from && in_a_row < most_in_a_row; in_a_row += told) told = turn();
    wait();  // level-triggered in effect: arming tells at once of what is ready by now
  });
}

/// Who does not say what time it is was at something else.
template <class Step>
auto ready_set::in_time(Step step) {
  struct forgetting {
    ready_set& set;
    ~forgetting() {
      if (!set.said_time_) set.time_ = {};
    }
  };
  said_time_ = false;
  const forgetting after{*this};
  return step();
}

void ready_set::take_steps() {
  if (joined_ == 0) return;
  const auto batch = std::span(batch_).first(joined_);
  for (auto& each : batch)
    if (each.who != nullptr) each.done = receive(each.reads.descriptor, each.reads.into, each.reads.most);
  for (std::size_t place = 0; place < batch.size(); ++place) {
    auto& each = batch[place];
    if (each.who == nullptr) continue;
    const auto writes = in_time([&] { return each.who->prepare(place, each.done); });
    if (writes)
      each.writes = *writes;
    else
      each.who = nullptr;
  }
  for (auto& each : batch)
    if (each.who != nullptr) each.done = send(each.writes.descriptor, each.writes.first, each.writes.second);
  time_ = std::chrono::steady_clock::now();
  for (std::size_t place = 0; place < batch.size(); ++place)
    if (auto* who = std::exchange(batch[place].who, nullptr)) in_time([&] { who->finish(place, batch[place].done); });
  joined_ = 0;
}

std::size_t ready_set::turn() {
  const int ready = ::epoll_wait(set_.native_handle(), ready_.data(), static_cast<int>(ready_.size()), 0);
  turning_ = true;
  const auto told = static_cast<std::size_t>(std::max(ready, 0));
  left_ = std::span(ready_).first(told);
  while (!left_.empty()) {
    const auto event = left_.front();
    left_ = left_.subspan(1);
    if (event.data.ptr == nullptr) continue;
    const bool ended = (event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0;
    in_time([&] { static_cast<member*>(event.data.ptr)->told(ended); });
    if (joined_ == most_joined) take_steps();
  }
  take_steps();
  turning_ = false;
  time_ = {};
  others_ = 0;
  return told;
}

}  // namespace sidecache::net
