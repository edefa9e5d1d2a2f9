// One client's connection, from its acceptance to its end.
//
// Theory of operation: between its requests a connection is a callback that waits until something can be read, and
// holds no buffer. What arrives is read into the worker's memory. A request whose header block is known by its bytes,
// and which the handler can answer from memory, is answered within that callback: the hot path. Connections that rest
// and are asked together take it in steps: all read, then all are looked up, then all are written to. One that the
// handler can pass on by its block, or whose record it can wait for, is passed on there, and answered by the callback
// that waits for what comes, if that is the whole answer. All else is handed to a conversation, a coroutine with a
// buffer and an exchange of its own, until the connection is silent again.
//
//   start -> listen() -> readable() -+-> known and in memory: written, listen()
//               ^                    +-> known and passed on: answer_came(): written, listen()
//               |                    |                            | takes more
//               |                    +-> converse(): head, handler, answer, ... --> silent: listen(), over: gone
//               +---------------------------------------------------------------------+
//
// Lifetime: whoever runs, the waiting callback, the control plane's or the conversation's coroutine, owns the session;
// its host lists it for drain and abort and outlives it. All on the worker's thread.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "net/client_counts.hpp"
#include "net/conversation.hpp"
#include "net/session_host.hpp"

namespace sidecache::net {

class session final : public session_hook,
                      public proxy::answer_waiter,
                      public std::enable_shared_from_this<session>,
                      private connection::resting_owner {
 public:
  /// Begins to serve on the host's thread, which must be the caller's. At its end it gives the permit back and no
  /// longer counts as a connection of the worker, which whoever hands it over has counted. `owner` is what the host
  /// belongs to: it lives until the permit is given back. `place` is the client's among those of its address. With
  /// `tls` the handshake comes first.
  static void start(std::shared_ptr<void> owner, session_host& host, connection::socket client,
                    client_counts::place place, server_tls* tls);

  session(std::shared_ptr<void> owner, session_host& host, connection::socket client, client_counts::place place,
          server_tls* tls);
  session(const session&) = delete;
  session& operator=(const session&) = delete;
  ~session() override;

 private:
  friend struct session_host;

  /// What has arrived already is a request to be answered, though it was not read yet.
  void close_if_idle();
  void abort();

  void listen() { listen(std::chrono::steady_clock::now()); }
  void listen(mono_time now);
  void readable(const boost::system::error_code& error);
  /// Reads what is there, once. Nothing: there is nothing, or the connection is over.
  std::optional<std::string_view> take_arrived(passing_memory& memory);
  /// How much may be read into the worker's memory now.
  std::size_t room_for_arrival();
  std::optional<std::string_view> judge_arrived(passing_memory& memory, const connection::arrival& read,
                                                std::size_t most);
  /// Takes what is there and answers it. False: somebody else goes on, or the connection is over.
  bool take_requests();
  /// False: it stays with Asio.
  bool begin_rest();
  void end_rest_later();
  void client_idled();
  void told(bool ended) override;
  void join_others();
  std::optional<ready_set::to_write> prepare(std::size_t place, transferred read) override;
  void finish(std::size_t place, transferred written) override;
  void rested_too_long() override;
  void forsaken() override { stop_holding(); }
  /// May be its end.
  void stop_holding() { const auto last = std::move(resting_); }
  enum class progress : std::uint8_t {
    taken,      ///< what is left of `arrived`, if anything, is for a conversation
    put_off,    ///< finish() writes the last one's answer
    elsewhere,  ///< somebody else goes on, or the connection is over
  };
  /// Answers those at the beginning of `arrived` that can be on the hot path, and removes them. With the place of one
  /// who joined others, what nothing arrived behind is put off.
  progress answer_known(std::string_view& arrived, std::optional<std::size_t> place = {});
  /// Its head, and the body with it if that is short; what is returned is left of the body.
  std::string_view compose(const proxy::answer& made, std::string& text);
  /// `arrived` begins with the request; before its answer, so much had been written. False: somebody else goes on, or
  /// the connection is over.
  bool write(proxy::answer& made, std::string_view head, std::string_view body, std::string_view arrived,
             const known_request& asked, std::uint64_t before);
  void report(const proxy::answer& what, const known_request& asked, std::uint64_t bytes, bool left, mono_time now);
  /// True: it was passed on, with what `arrived` behind it.
  bool pass_on(std::string_view arrived, const known_request& asked);
  void answer_came() override;
  void take_answer();
  /// False: somebody else goes on, or the connection is over.
  bool write_passed(std::string& text, const proxy::whole_answer& answer);
  void report_passed(unsigned status, outcome how, std::uint64_t bytes);
  void pass_is_late();
  /// The request at hand is a conversation's from now on.
  void converse_on(conversation::begun_request first);
  void converse(std::string_view arrived);
  static asio::awaitable<void> talk(std::shared_ptr<session> self);

  std::shared_ptr<void> owner_;  // first: goes last
  client_counts::place place_;
  session_host& host_;
  connection client_;
  asked_so_far asked_;
  std::unique_ptr<conversation> conversation_;  // none while it listens
  /// A request that was passed on, while its answer is waited for. Its bytes are the client's input.
  struct passing {
    passing(std::unique_ptr<proxy::begun_pass> what, deadline_sweep& sweep, std::function<void()> late)
        : pass(std::move(what)), deadline(sweep, std::move(late)) {}
    std::unique_ptr<proxy::begun_pass> pass;
    deadline_sweep::item deadline;
    mono_time began;
    std::size_t line = 0;    ///< of its head, in bytes
    std::size_t block = 0;   ///< the same
    bool more_came = false;  ///< behind it, or the end, of which no wait tells again
  };
  std::unique_ptr<passing> passing_;
  std::shared_ptr<session> resting_;  // itself, while it rests
  unsigned known_in_a_row_ = 0;       ///< requests since the last conversation
  bool listening_ = false;
  bool drained_ = false;  ///< nothing was left to be taken that no wait would tell of
  bool ended_ = false;    ///< while it rests: the end was told of, and is still to be read
  mono_time answered_;    ///< on the hot path, last
};

}  // namespace sidecache::net
