// A client's connection as bytes: a bounded read buffer, writes that try at once and wait only if they must, and a
// deadline on every wait.
//
// Theory of operation: reads append to the buffer, whoever understands the bytes consumes them from its front. A write
// goes to the kernel directly (a hit never waits for the reactor) and waits for room only when the kernel is full. The
// one deadline item covers whatever wait is under way; when it passes, the wait ends with asio::error::timed_out.
// Over TLS the bytes are the same and take the same way, through a tls_channel; whoever reads and writes sees no
// difference, except that an end without close_notify is an error and not the end.
//
// Between requests that are answered from memory a connection may rest: its descriptor leaves Asio and joins the
// worker's ready_set. take() and write_now() work then too; all else comes after wake().
//
// Belongs to one worker's thread; one read and one write may be under way at once, but never two of a kind.
#pragma once

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "net/buffer_budget.hpp"
#include "net/deadline_sweep.hpp"
#include "net/ready_set.hpp"
#include "net/tls_channel.hpp"

namespace sidecache::net {

class connection {
 public:
  using socket = asio::generic::stream_protocol::socket;
  using error_code = boost::system::error_code;

  /// How large the read buffer is at first; what it grows beyond that is counted in the budget.
  static constexpr std::size_t first_capacity = 4096;

  /// With `tls`, which outlives it, TLS is spoken.
  connection(socket client, deadline_sweep& sweep, buffer_budget::share* budget = nullptr, server_tls* tls = nullptr);
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;
  ~connection();

  /// Over TLS nothing is read or written before the handshake.
  [[nodiscard]] bool needs_handshake() const { return tls_ != nullptr && !shaken_; }
  /// Counts what came of it. False: the client was told, as far as it could be, and has `linger` to read it; the
  /// connection is closed.
  asio::awaitable<bool> handshake(mono_time deadline, duration linger);
  /// The client's IP address; "" of a Unix socket, or once the client is gone.
  [[nodiscard]] std::string peer_address() const;

  /// Calls `then(error)` once something can be read, be it the end; keep the connection alive until then.
  template <class Handler>
  void wait_readable(mono_time deadline, Handler then) {
    read_late_ = false;
    read_deadline_.arm(deadline);
    socket_.async_wait(socket::wait_read, [this, told = std::move(then)](const error_code& error) mutable {
      read_deadline_.disarm();
      told(error && read_late_ ? error_code(asio::error::timed_out) : error);
    });
  }
  /// Who is told while it rests.
  class resting_owner : public ready_set::member {
   public:
    virtual void rested_too_long() = 0;

   protected:
    resting_owner() = default;
    ~resting_owner() = default;
    resting_owner(const resting_owner&) = default;
    resting_owner& operator=(const resting_owner&) = default;
  };
  /// Begins to rest. `owner` is told until wake() or the end, whichever end; `set` outlives that.
  /// False: it can't, and nothing has changed, or its socket was lost and it is closed.
  [[nodiscard]] bool rest(ready_set& set, resting_owner& owner);
  /// The owner was told: over TLS a read may give what came before.
  void more_came() {
    if (tls_) tls_->more_came();
  }
  void rest_until(mono_time deadline) { read_deadline_.arm(deadline); }
  [[nodiscard]] bool resting() const { return rest_.owner != nullptr; }
  /// Its descriptor while it rests, to be read from and written to by others; else -1.
  [[nodiscard]] int rests_at() const { return rest_.descriptor; }
  void wake();

  /// Reads what is there into memory of the caller's. would_block: nothing is.
  struct arrival {
    std::size_t size = 0;
    error_code error = {};
  };
  [[nodiscard]] arrival take(char* into, std::size_t most);
  /// What take() would have said of what was read for it while it rests.
  [[nodiscard]] static arrival arrived(transferred read);
  /// Whether all that a wait would not tell of again was taken, when take() has given `size` bytes of `most`.
  [[nodiscard]] bool took_all(std::size_t size, std::size_t most) const;
  /// Over TLS something may be left to take that no wait tells of.
  [[nodiscard]] bool hides_input() const { return tls_ != nullptr; }
  /// What was taken and not understood, as if read() had read it. Nothing else is there that was.
  void adopt(std::string_view bytes);

  /// What was read and not consumed yet. Valid until the next read().
  [[nodiscard]] std::string_view input() const { return {buffer_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t n);
  /// True if the kernel holds bytes of the client's that were not read yet.
  [[nodiscard]] bool has_unread();
  /// Reads something. The buffer grows to `most` bytes; a caller that has so many unconsumed should not call. The end
  /// of the stream is asio::error::eof.
  asio::awaitable<error_code> read(mono_time deadline, std::size_t most) {
    return tls_ ? read_tls(deadline, most) : read_plain(deadline, most);
  }
  /// What to say for `most`: as much, or the buffer's first size while the budget for all connections is spent.
  [[nodiscard]] std::size_t room_up_to(std::size_t most) const {
    return grown_.all_spent() ? std::min(most, first_capacity) : most;
  }
  /// Frees the buffer, if it is empty: an idle connection should cost little.
  void shrink();

  /// Writes both, one after the other, as far as the kernel takes them now. Nothing returned: the rest, to which the
  /// views were advanced, needs write_more() and then this again.
  [[nodiscard]] std::optional<error_code> write_now(std::string_view& first, std::string_view& second);
  /// So many bytes were written for it while it rests.
  void wrote(std::size_t size) { written_ += size; }
  /// Waits until something more of them can be written, and may have written some. write_now() must have been tried.
  asio::awaitable<error_code> write_more(std::string_view& first, std::string_view& second, mono_time deadline) {
    return tls_ ? wait_for_room_tls(deadline) : write_more_plain(first, second, deadline);
  }
  /// Bytes that the kernel took, since the connection began.
  [[nodiscard]] std::uint64_t written() const { return written_; }
  /// Those that the other side's kernel took, as far as ours can tell: only differences mean something.
  [[nodiscard]] std::int64_t taken();

  /// Half-closes, then reads off what comes until the client closes too, `linger` passes, or 1 MiB came.
  asio::awaitable<void> close_gently(duration linger);
  /// It is the client that is waited for.
  [[nodiscard]] bool waiting() const { return read_deadline_.armed() || write_deadline_.armed(); }
  /// Ends whatever wait is under way, with operation_aborted, and leaves the connection open.
  void interrupt();
  /// Ends whatever wait is under way. Over TLS the client can't take it for the end of a message.
  void close();
  /// The same, but it is the end of whatever was under way.
  void leave();
  /// So that the client can't take what it got for complete: a close that resets (RST).
  void reset();

 private:
  struct place_of_rest {
    ready_set* set = nullptr;
    resting_owner* owner = nullptr;
    int descriptor = -1;
  };

  asio::awaitable<error_code> read_plain(mono_time deadline, std::size_t most);
  asio::awaitable<error_code> read_tls(mono_time deadline, std::size_t most);
  asio::awaitable<error_code> write_more_plain(std::string_view& first, std::string_view& second, mono_time deadline);
  asio::awaitable<error_code> wait_for_room_tls(mono_time deadline);
  std::optional<error_code> write_now_tls(std::string_view& first, std::string_view& second);
  asio::awaitable<error_code> ready(tls_channel::need wanted);
  asio::awaitable<void> explain_failure(handshake_result why, duration linger);
  void advance(std::string_view& first, std::string_view& second, std::size_t size);
  void make_room(std::size_t most);
  void received(std::size_t size, std::size_t most);
  void release_buffer();  ///< wiped: it has held credentials
  void read_is_late();
  arrival take_resting(char* into, std::size_t most) const;
  std::size_t write_resting(std::string_view first, std::string_view second, error_code& error) const;
  /// Out of the set. The descriptor is the caller's.
  int end_rest();
  [[nodiscard]] int descriptor() { return resting() ? rest_.descriptor : socket_.native_handle(); }

  socket socket_;
  place_of_rest rest_;
  deadline_sweep::item read_deadline_;
  deadline_sweep::item write_deadline_;
  bool read_late_ = false;
  bool write_late_ = false;
  buffer_budget::claim grown_;
  std::unique_ptr<char[]> buffer_;
  std::size_t capacity_ = 0;
  std::size_t touched_ = 0;  ///< the buffer's first so many bytes were written to
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  bool filled_ = false;  ///< the last read left no room
  std::uint64_t written_ = 0;
  std::unique_ptr<tls_channel> tls_;
  bool shaken_ = false;
  tls_channel::need write_waits_for_ = tls_channel::need::nothing;
  unsigned reads_without_wait_ = 0;
};

}  // namespace sidecache::net
