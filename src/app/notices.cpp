#include "app/notices.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace sidecache::app {
namespace {

constexpr timeval patience{.tv_sec = 1, .tv_usec = 0};

/// A newline ends an assignment, and a Unix socket's path may hold one.
std::string one_line(std::string_view text) {
  std::string out(text);
  std::ranges::replace_if(out, [](unsigned char c) { return c < ' '; }, '?');
  return out;
}

}  // namespace

std::optional<notify_address> read_notify_address(std::string_view text) {
  notify_address made{.name = {}, .length = 0};
  const bool abstract = text.starts_with('@');
  if (text.size() < 2 || (!abstract && !text.starts_with('/'))) return {};
  // A path may fill the field to its end (unix(7)), and of an abstract name every byte counts.
  if (text.size() > sizeof made.name.sun_path || text.contains('\0')) return {};
  made.name.sun_family = AF_UNIX;
  std::ranges::copy(text, static_cast<char*>(made.name.sun_path));
  if (abstract) made.name.sun_path[0] = '\0';
  made.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + text.size());
  return made;
}

std::string ready_notice(std::string_view serving) { return "READY=1\nSTATUS=serving " + one_line(serving); }

std::string reloading_notice(mono_time now) {
  const auto since_start = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch());
  return fmt::format("RELOADING=1\nMONOTONIC_USEC={}\nSTATUS=reading its settings anew", since_start.count());
}

std::string reloaded_notice(std::string_view serving, bool taken) {
  return ready_notice(serving) + (taken ? "" : "; the last reload was refused, the log says why");
}

std::string stopping_notice() { return "STOPPING=1\nSTATUS=ending; it answers what is under way"; }

notices notices::from_environment() {
  notices made;
  const char* const text = std::getenv(std::string(notify_variable).c_str());  // NOLINT(concurrency-mt-unsafe)
  if (text == nullptr || *text == '\0') return made;
  made.to_ = read_notify_address(text);
  if (!made.to_) {
    spdlog::warn("{} is no Unix socket's path or @name: nobody is told how far this is", notify_variable);
    return made;
  }
  made.socket_ = owned_descriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ::setsockopt(made.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return made;
}

void notices::ready(std::string serving) {
  serving_ = std::move(serving);
  send(ready_notice(serving_));
}

void notices::reloading(mono_time now) const { send(reloading_notice(now)); }

void notices::reloaded(bool taken) const { send(reloaded_notice(serving_, taken)); }

void notices::stopping() const { send(stopping_notice()); }

void notices::send(const std::string& text) const {
  if (!to_) return;
  const auto* const name = reinterpret_cast<const sockaddr*>(&to_->name);
  if (::sendto(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL, name, to_->length) < 0)
    spdlog::warn("{}: can't tell {}: {}", notify_variable, text.substr(0, text.find('\n')), ::strerrordesc_np(errno));
}

}  // namespace sidecache::app
