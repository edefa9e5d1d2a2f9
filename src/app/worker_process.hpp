// A worker under a supervisor, from both sides: how it is started, and what it learns from how it was started.
//
// The worker is this program again, with the supervisor's own arguments and `--worker SEAT,KEEPS,PAGE,CHANNEL` instead
// of
// `--supervise`. KEEPS is 1 if the sockets are somebody's whom the supervisor has them from, else 0. From descriptor 3
// on it inherits
//   the listening sockets, told of by LISTEN_FDS, LISTEN_PID and LISTEN_FDNAMES as by systemd (sd_listen_fds(3)),
//   PAGE, the memory that workers share (proxy::tenure),
//   CHANNEL, into which it writes a byte when it answers requests and when a reload that it was told of is over
//     (worker_news), and from which it reads the signals that it is to act on, a byte each; its end means that the
//     supervisor is gone.
// Signals that others send to a worker mean nothing to it: a terminal and systemd send theirs to supervisor and worker
// alike, and the second one of a kind cuts short what the first began.
// Between fork() and exec() only what is async-signal-safe is done, for the supervisor's log has a thread: everything
// is prepared before, and LISTEN_PID is written by the child itself, since it can't be known earlier.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/tenure.hpp"

namespace sidecache::app {

/// A descriptor that is closed with its owner.
class owned_descriptor {
 public:
  owned_descriptor() = default;
  explicit owned_descriptor(int descriptor) : descriptor_(descriptor) {}
  owned_descriptor(owned_descriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  owned_descriptor& operator=(owned_descriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~owned_descriptor();
  [[nodiscard]] int get() const { return descriptor_; }
  [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }

 private:
  int descriptor_ = -1;
};

/// The same under a higher number, out of the way of those that a worker inherits by, and closed on exec.
[[nodiscard]] owned_descriptor moved_up(int descriptor);

/// What a worker tells its supervisor, a byte each.
enum class worker_news : char {
  ready = 'r',           ///< it answers requests
  reloaded = 'a',        ///< what a SIGHUP had it read is in force
  reload_refused = 'x',  ///< nothing was changed
};
void say(int channel, worker_news what);

struct worker_blueprint {
  std::string program;                 ///< the path of the file, which may be another one by the time it is started
  std::vector<std::string> arguments;  ///< without the program's name, and without --supervise
  std::vector<int> sockets;
  std::string socket_names;  ///< colon-separated
  bool giver_keeps = false;  ///< of the sockets, see inheritance
  int page = -1;
};

struct started_worker {
  pid_t pid = -1;
  owned_descriptor channel;  ///< of worker_news; the end of the stream when it is gone

  /// To act on, unless it is gone.
  void tell(int signal) const;
};

/// Throws std::system_error if there can be no further process. A program that can't be executed shows by a worker that
/// ends with exit code 127.
[[nodiscard]] started_worker start_worker(const worker_blueprint& blueprint, std::uint32_t seat);

/// New shared memory, and the descriptor by which workers get it. Throws std::system_error.
struct shared_page {
  owned_descriptor descriptor;
  std::shared_ptr<proxy::tenure_page> page;
};
[[nodiscard]] shared_page make_page();

/// The worker's side.
struct supervised_worker {
  bool giver_keeps;
  proxy::tenure tenure;
  owned_descriptor channel;

  void say_ready() const;
};
/// From the text of `--worker`. The error says what is wrong with it.
[[nodiscard]] std::expected<supervised_worker, std::string> read_worker_flag(std::string_view text);

}  // namespace sidecache::app
