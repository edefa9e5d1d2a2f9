// One episode of the simulation: sidecache with its real handler, cache, flights and records, a fake clock, the model
// control plane behind a held origin, clients, and the ledger that judges.
//
// Theory of operation: a decision is one step. It advances the clock by a microsecond (so that no two steps are at the
// same instant), performs one operation of the table in operations.cpp, lets every coroutine run until it waits, and
// checks. All randomness is in the decisions and in the episode's seed: the same two give the same episode, and any
// part of the decisions is an episode too, since an operation takes its numbers modulo what there is.
//
// Threads: one. Lifetime: `machine` is what a restart replaces; everything else lives as long as the world.
#pragma once

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>
#include <vector>

#include "base/manual_alarms.hpp"
#include "base/manual_clock.hpp"
#include "base/random_source.hpp"
#include "proxy/proxy_handler.hpp"
#include "simulation/client.hpp"
#include "simulation/held_origin.hpp"
#include "simulation/ledger.hpp"

namespace sidecache::simulation {

/// Which operation, and the chances it needs: raw numbers.
struct decision {
  std::uint8_t what = 0;
  std::uint32_t a = 0;
  std::uint32_t b = 0;
  std::uint32_t c = 0;
};

/// What one episode is like: sizes, times, and which kinds of answers there are.
struct climate {
  proxy::settings settings;  ///< at its beginning
  bool etags = false;
  tongue headers;              ///< of answers
  bool wishes = false;         ///< Cache-Control in lookups
  std::uint32_t replicas = 1;  ///< sidecaches before the one control plane
  std::uint32_t most_padding = 100;
  std::uint32_t jwt_lives_for_s = 100;
  std::vector<std::uint32_t> weights;  ///< of the operations
};
[[nodiscard]] climate climate_of(std::uint64_t seed);

class world;
/// By the table of operations.
void perform(world& in, const decision& d);

class world {
 public:
  world(std::uint64_t seed, bool telling);
  ~world();
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  void step(const decision& d);
  /// All go on until they wait, in the middle of a decision.
  void go_on() {
    run();
    begin_step();
  }
  /// What becomes of it, such as an alarm that rings, is of that time.
  void pass(duration by);
  void step_wall(std::chrono::seconds by);
  /// Everything under way ends, and nobody may be left waiting.
  void quiesce();
  [[nodiscard]] const std::optional<violation>& found() const;
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }

  // --- what operations are made of ---
  struct manner {
    bool head_only = false;
    std::optional<std::uint32_t> conditional = {};  ///< chances of how
    std::optional<std::uint32_t> wishing = {};
    bool retiring = false;  ///< on a connection of the worker that was succeeded, if there is one
  };
  void look_up(std::uint32_t replica, int who, int where, const manner& how);
  void write(std::uint32_t replica, int who, int which, bool retiring);
  /// The control plane gets to it, with a replica that lags.
  void process(const held_ptr& request, std::uint32_t chance);
  void deliver(const held_ptr& request);
  enum class mishap : std::uint8_t {
    timeout,
    reset,
    not_sent,
    tls,
    unavailable,
    html,
    foreign_denial,
    throttled,
    too_large,
    teapot,
    dies,
    cut_off,
  };
  static constexpr std::uint32_t mishaps = 12;
  void fail(const held_ptr& request, mishap how, std::uint32_t chance);
  void leave(client& who, bool cut_off);
  void restart(std::uint32_t replica, std::uint32_t chance);
  /// Its settings change while it runs.
  void reload(std::uint32_t replica, proxy::settings to);
  [[nodiscard]] const proxy::settings& settings_of(std::uint32_t replica) const {
    return replicas_[replica]->book.settings();
  }
  /// A new worker takes the place of the old one, which goes on with its connections.
  void succeed(std::uint32_t replica, std::uint32_t chance);
  /// Much use of what memory holds of that.
  void crowd(std::uint32_t replica, int who, int where, std::uint32_t size);
  /// Time passes until shortly before what is held of that ends, or shortly after.
  void pass_until(std::uint32_t replica, int who, int where, std::uint32_t chance);
  /// Of all replicas.
  void drop(const purge& what);
  /// An answer to sync passes that names what this mutation would change; or one is lost, and may have named anything.
  void sync(std::uint32_t replica, int who, const mutation& named);
  void lose_sync(std::uint32_t replica);
  /// A write that was given up here is applied there after all.
  void apply_late(std::uint32_t chance);

  /// Of all replicas.
  [[nodiscard]] const std::vector<held_ptr>& held();
  [[nodiscard]] std::uint32_t replica_of(std::uint32_t chance) const { return chance / 7 % climate_.replicas; }
  [[nodiscard]] std::vector<std::unique_ptr<client>>& clients() { return clients_; }
  [[nodiscard]] control_plane& truth() { return truth_; }
  [[nodiscard]] manual_clock& clock() { return clock_; }
  [[nodiscard]] bool gone() const { return gone_; }
  void set_gone(bool gone) { gone_ = gone; }
  [[nodiscard]] const climate& weather() const { return climate_; }
  template <class... Args>
  void tell(fmt::format_string<Args...> text, Args&&... args) {
    if (telling_)
      story_.push_back(fmt::format("{:6} ", replicas_.front()->book.seq()) +
                       fmt::format(text, std::forward<Args>(args)...));
  }

 private:
  struct quiet final : proxy::observer {
    void finished(const proxy::finished_request& /*r*/) override {}
    void finished(const proxy::finished_attempt& /*a*/) override {}
    void upstream_connections(proxy::connection_state /*s*/, int /*by*/) override {}
    void client_connections(int /*by*/) override {}
    void unknown_in_record(records::kind /*k*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}
  };
  /// A worker process: what it holds in memory is gone after a restart.
  struct machine {
    machine(world& in, client::place at, proxy::tenure seat);
    machine(const machine&) = delete;
    machine& operator=(const machine&) = delete;
    ~machine() { core.close(); }
    quiet observer;
    manual_alarms alarms;
    proxy::core core;  // outlives the context: coroutines that end with it hold permits
    asio::io_context context{1};
    held_origin origin;
    proxy::proxy_handler handler;
  };

  struct replica {
    ledger book;
    std::vector<had> gave;  ///< by credential, address: what clients got last
    std::unique_ptr<machine> runs;
    std::unique_ptr<machine> retires;  ///< the worker that this one has succeeded; null: none is left
    std::uint32_t life = 0;            ///< of the one that runs
    std::shared_ptr<proxy::tenure_page> page = std::make_shared<proxy::tenure_page>();
  };
  replica& of(const held_request& request) { return *replicas_[request.replica]; }
  [[nodiscard]] bool is_retired(const client::place& at) const { return at.life != replicas_[at.replica]->life; }
  machine& machine_of(const client::place& at) {
    return is_retired(at) ? *replicas_[at.replica]->retires : *replicas_[at.replica]->runs;
  }
  static client::place place_of(const held_request& request) { return {request.replica, request.life}; }
  [[nodiscard]] client::place choose_place(std::uint32_t replica, bool retiring) const;
  void take_seat(std::uint32_t replica);
  void give_up_writes(machine& by, std::uint32_t chance);

  void is_cut(const held_request& cut);
  void write_ends(const held_request& done, bool applied);
  void cut_short(const held_ptr& request);
  void arrives(const proxy::upstream_request& request, const held_ptr& as);
  void told(client& who, const shown& what);
  void begin_step();
  /// Until every coroutine waits, and then what is held is checked.
  void run();
  void stop(const client::place& at);
  void stop_retired(std::uint32_t replica);
  void start(std::unique_ptr<client> made);
  class quick_waiter;
  /// As a session does that knows the request's header block. False: it takes a coroutine.
  bool wait_quickly(machine& by, client& it);
  void came_quickly(machine& by, client& it);
  void spawn(machine& by, client& it, asio::awaitable<void> handling);
  void make_requests();
  std::uint64_t place_in_table(int who, int where);
  const std::vector<const asking*>& waiting_for(const held_request& request);
  http::request_head request_of(int who, std::string_view path, std::string_view method) const;
  int who_asks(const http::fields& fields) const;
  int where_asked(const proxy::upstream_request& request) const;
  static void give(held_request& to, unsigned status, std::string_view type, std::string body);
  void ends(const held_request& done, std::uint32_t serial, news what);

  climate climate_;
  bool telling_;
  std::vector<std::string> story_;
  manual_clock clock_;
  control_plane truth_;
  std::vector<http::request_head> lookups_;  // by credential, address, GET or HEAD
  std::vector<http::request_head> writes_;   // by credential, mutation
  client::teller teller_;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<std::pair<int, int>> late_;  // writes given up here: who, which
  bool gone_ = false;
  std::uint32_t name_ = 0;            // of the decision at hand: what it makes is called so
  std::vector<under_way> under_way_;  // kept for its memory
  std::vector<const asking*> waiting_;
  std::vector<std::uint64_t> places_;  // of keys in sidecache's table of revalidations
  std::vector<held_ptr> all_held_;
  std::vector<std::unique_ptr<replica>> replicas_;
};

}  // namespace sidecache::simulation
