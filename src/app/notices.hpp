// Tells whoever started this process how far it is, where that is asked for: a datagram to the socket that
// NOTIFY_SOCKET names, as sd_notify(3) has it and systemd's Type=notify waits for it.
//
//   READY=1       it answers requests; again when a reload is over
//   RELOADING=1   its settings are being read anew
//   STOPPING=1    it was told to end
//   STATUS=       where it serves, and whether the last reload was refused: what `systemctl status` shows
//
// Not libsystemd's: six libraries and 0.8 MiB of resident memory for a datagram, in a process that has 12 MiB to live
// in. The protocol is stable and made to be spoken without it (systemd's Interface Portability and Stability Promise).
//
// Texts and addresses are made by functions of their own, without I/O. Without NOTIFY_SOCKET, or with one that is none,
// nothing is sent and no socket made. One process speaks for all: a supervisor's workers do not inherit the variable.
// Belongs to the main thread, which a receiver that takes nothing can hold up for a second.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <optional>
#include <string>
#include <string_view>

#include "app/worker_process.hpp"
#include "base/clock.hpp"

namespace sidecache::app {

constexpr std::string_view notify_variable = "NOTIFY_SOCKET";

struct notify_address {
  sockaddr_un name;
  socklen_t length;
};
/// A path from the root, or `@` and a name in the abstract space. Nothing: neither of them, or too long for a socket.
[[nodiscard]] std::optional<notify_address> read_notify_address(std::string_view text);

/// `serving`: where, in words. A byte that would begin another assignment becomes `?`.
[[nodiscard]] std::string ready_notice(std::string_view serving);
/// `now` as CLOCK_MONOTONIC has it; who asks for the time by Type=notify-reload tells two reloads apart by it.
[[nodiscard]] std::string reloading_notice(mono_time now);
[[nodiscard]] std::string reloaded_notice(std::string_view serving, bool taken);
[[nodiscard]] std::string stopping_notice();

class notices {
 public:
  notices() = default;  ///< to nobody
  /// Once there is a log: it says so where the variable names no socket.
  [[nodiscard]] static notices from_environment();

  void ready(std::string serving);
  void reloading(mono_time now) const;
  void reloaded(bool taken) const;
  void stopping() const;

 private:
  void send(const std::string& text) const;

  std::optional<notify_address> to_;
  owned_descriptor socket_;
  std::string serving_;
};

}  // namespace sidecache::app
