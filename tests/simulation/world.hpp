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
#include "proxy/proxy_handler.hpp"
#include "simulation/client.hpp"
#include "simulation/held_origin.hpp"
#include "simulation/ledger.hpp"
#include "simulation/random.hpp"

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
  proxy::settings settings;
  bool etags = false;
  bool headers = false;  ///< Cache-Control in answers
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
  /// Everything under way ends, and nobody may be left waiting.
  void quiesce();
  [[nodiscard]] const std::optional<violation>& found() const { return book_.found(); }
  [[nodiscard]] const std::vector<std::string>& story() const { return story_; }

  // --- what operations are made of ---
  void look_up(int who, int where, bool head_only, bool conditional);
  void write(int who, int which);
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
  void restart(std::uint32_t chance);
  /// By slug or UUID; "": everything.
  void purge(const std::string& ident, bool soft);
  /// A write that was given up here is applied there after all.
  void apply_late(std::uint32_t chance);

  [[nodiscard]] const std::vector<held_ptr>& held() const { return machine_->origin.held(); }
  [[nodiscard]] std::vector<std::unique_ptr<client>>& clients() { return clients_; }
  [[nodiscard]] control_plane& truth() { return truth_; }
  [[nodiscard]] manual_clock& clock() { return clock_; }
  [[nodiscard]] bool gone() const { return gone_; }
  void set_gone(bool gone) { gone_ = gone; }
  [[nodiscard]] const climate& weather() const { return climate_; }
  template <class... Args>
  void tell(fmt::format_string<Args...> text, Args&&... args) {
    if (telling_) story_.push_back(fmt::format("{:6} ", book_.seq()) + fmt::format(text, std::forward<Args>(args)...));
  }

 private:
  struct quiet final : proxy::observer {
    void finished(const proxy::finished_request& /*r*/) override {}
    void finished(const proxy::finished_attempt& /*a*/) override {}
    void upstream_connections(proxy::connection_state /*s*/, int /*by*/) override {}
    void client_connections(int /*by*/) override {}
    void unknown_in_record(records::kind /*k*/, std::uint64_t /*fields*/, std::uint64_t /*values*/) override {}
  };
  /// The process: what it holds in memory is gone after a restart.
  struct machine {
    machine(world& in, const proxy::settings& settings);
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

  void is_cut(const held_request& cut);
  void cut_short(const held_ptr& request);
  void arrives(const proxy::upstream_request& request, const held_ptr& as);
  void told(client& who, const shown& what);
  void run();
  void stop();
  void start(std::unique_ptr<client> made);
  void make_requests();
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
  ledger book_;
  std::vector<http::request_head> lookups_;  // by credential, address, GET or HEAD
  std::vector<http::request_head> writes_;   // by credential, mutation
  /// What the clients of a credential got last, by address.
  struct had {
    std::uint32_t serial = 0;
    std::string etag;
  };
  std::vector<had> had_;
  client::teller teller_;
  std::vector<std::unique_ptr<client>> clients_;
  std::vector<std::pair<int, int>> late_;  // writes given up here: who, which
  bool gone_ = false;
  std::uint32_t name_ = 0;            // of the decision at hand: what it makes is called so
  std::vector<under_way> under_way_;  // kept for its memory
  std::unique_ptr<machine> machine_;
};

}  // namespace sidecache::simulation
