// Which of a worker's resting connections have been asked something: an epoll set of the worker's own, beside Asio's.
//
// Theory of operation: Asio arms every wait by a system call and runs each as an operation of its own. A connection
// that is answered from memory again and again needs neither: it joins this set once, edge-triggered, and is told
// whenever something arrives. Asio waits for the set as a whole, as one descriptor, so that what the waiting costs is
// shared by all connections that became ready together.
//
//   many descriptors --EPOLLET--> the set's epoll --one wait--> Asio --> turn(): told(), told(), told() ...
//
// Who is told may join a batch, which goes on in steps that all of it take before any takes the next: the set reads for
// all, then all prepare, then the set writes for all, then all finish. What a step needs of the processor's caches, its
// code before all, is still there for the next one; the kernel's code, which takes its place, runs in the steps that
// read and write, and these need little.
//
//   told() told() ...  ->  (reads, reads ...)  ->  prepare() prepare() ...  ->  (writes, writes ...)  ->  finish() ...
//
// Answers from memory take microseconds, and what else is ready may be a hundred times that. So whoever has longer work
// to do on the thread gives way now and then: the set has a turn without waiting for Asio to come to it.
//
// Edge-triggered: who is told reads until less came than asked for, or, with `ended`, until the end. What arrives after
// that tells again. Nobody is told twice of the same bytes, and nobody is told, or takes a step, after remove(), in the
// turn under way either.
//
// On the worker's thread; its context outlives it. Members that are left when it goes are told so.
#pragma once

#include <sys/epoll.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/intrusive/list.hpp>
#include <boost/system/error_code.hpp>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>

#include "base/clock.hpp"
#include "net/socket_calls.hpp"

namespace sidecache::net {

namespace asio = boost::asio;

class ready_set {
  using hook = boost::intrusive::list_base_hook<boost::intrusive::tag<class ready_set_tag>>;

 public:
  struct to_read {
    int descriptor;
    char* into;
    std::size_t most;
  };
  /// One after the other. Whose they are keeps them until finish().
  struct to_write {
    int descriptor;
    std::string_view first;
    std::string_view second;
  };

  class member : public hook {
   public:
    /// Something can be read. `ended`: so can the end of the stream or an error, after what came before it. May remove
    /// this member, or any other, and destroy it.
    virtual void told(bool ended) = 0;
    /// What follows told() for who has joined, at its place among them, when the set has read for it. May do what
    /// told() may. What is returned the set writes; nothing: it is done.
    virtual std::optional<to_write> prepare(std::size_t place, transferred read);
    /// The set has written what was asked, or some of it, or failed.
    virtual void finish(std::size_t place, transferred written);
    /// The set is going, and this is no member any more. May destroy it.
    virtual void forsaken() = 0;

   protected:
    member() = default;
    ~member() = default;
    member(const member&) = default;
    member& operator=(const member&) = default;
  };

  /// Throws boost::system::system_error if the kernel gives no epoll.
  explicit ready_set(asio::io_context& context);
  ready_set(const ready_set&) = delete;
  ready_set& operator=(const ready_set&) = delete;
  ~ready_set();

  /// What is there already is told of, too. An error (no memory, too many watched): it is no member.
  [[nodiscard]] boost::system::error_code add(int descriptor, member& who);
  void remove(int descriptor, member& who);
  /// So many make a batch: it should not be long until the first one's turn comes again.
  static constexpr std::size_t most_joined = 8;
  /// The place of who joins next: memory for each of them is the members'.
  [[nodiscard]] std::size_t next_place() const { return joined_; }
  /// Within told(), once.
  void join(member& who, const to_read& what) {
    batch_[joined_++] = {.who = &who, .reads = what, .writes = {}, .done = {}};
  }
  /// What time it is, for who is told: one reads the clock when it is done, and says so for the next. {}: nobody has.
  /// In finish() it is when the set had written for all.
  [[nodiscard]] mono_time time() const { return time_; }
  [[nodiscard]] mono_time time_or_now() const {
    return time_ == mono_time{} ? std::chrono::steady_clock::now() : time_;
  }
  void done_at(mono_time now) {
    if (!turning_) return;
    time_ = now;
    said_time_ = true;
  }
  /// Before and after work that takes long, by whoever does it; who is told of something may do so too.
  void give_way() {
    if (!turning_ && !members_.empty() && ++others_ >= most_others) static_cast<void>(turn());
  }

 private:
  /// So many a turn, and no further turn after so many; others on the thread have theirs in between.
  static constexpr std::size_t most_a_turn = 64;
  static constexpr std::size_t most_in_a_row = 64;
  /// Behind so many ready at once there will be more by the time they are answered, and looking is cheaper than
  /// waiting; behind one there often is none.
  static constexpr std::size_t busy_from = 2;
  /// So often between two turns is a tenth of a millisecond or less.
  static constexpr unsigned most_others = 2;

  struct joined {
    member* who = nullptr;  ///< null: it was removed, or is done
    to_read reads{};
    to_write writes{};
    transferred done;
  };

  void wait();
  /// How many were ready.
  std::size_t turn();
  void take_steps();
  template <class Step>
  auto in_time(Step step);

  asio::posix::stream_descriptor set_;
  boost::intrusive::list<member, boost::intrusive::base_hook<hook>, boost::intrusive::constant_time_size<false>>
      members_;
  bool waiting_ = false;
  bool turning_ = false;
  mono_time time_{};
  bool said_time_ = false;  ///< by who is told now
  unsigned others_ = 0;     ///< that gave way since the last turn
  std::array<epoll_event, most_a_turn> ready_{};
  std::span<epoll_event> left_;  ///< of the turn under way
  std::array<joined, most_joined> batch_{};
  std::size_t joined_ = 0;
};

}  // namespace sidecache::net
