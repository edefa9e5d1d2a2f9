#include "net/ready_set.hpp"

#include <algorithm>
#include <boost/system/system_error.hpp>

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
}

void ready_set::wait() {
  waiting_ = true;
  set_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const error_code& error) {
    if (error) return;  // the set is gone
    for (int turns = 1; turn() >= busy_from && turns < most_turns; ++turns) {
    }
    wait();  // level-triggered in effect: arming tells at once of what is ready by now
  });
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
    const mono_time before = time_;
    static_cast<member*>(event.data.ptr)->told((event.events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) != 0);
    if (time_ == before) time_ = {};  // it was at something else
  }
  turning_ = false;
  time_ = {};
  others_ = 0;
  return told;
}

}  // namespace sidecache::net
