// All planes of a process, which belong together: they have one way to tell credentials apart, change hands together
// with their sockets, and are asked and told as one by the admin pages. What concerns one of them takes its name.
//
// Lifetime as of a plane: made before the workers, destroyed after them, and left before.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "admin/purge_request.hpp"
#include "admin/views.hpp"
#include "app/plane.hpp"

namespace sidecache::app {

class plane_set final : public admin::cache_view, public admin::drill_desk, public admin::stale_view {
 public:
  /// `settings` and `time` outlive it. Throws std::invalid_argument where the settings can't be used.
  plane_set(const config::settings& settings, const clock& time, const proxy::tenure& seat);

  void serve_on(net::worker_pool& workers, metrics::collector& figures, metrics::log& log);
  void close();
  void leave();

  /// What is live of these settings, whose planes are the same, counts from now on. Returns what counted before: to be
  /// kept until the workers and the admin pages' thread have ended what they are at.
  [[nodiscard]] std::vector<std::shared_ptr<const proxy::settings>> change(const config::settings& values);

  [[nodiscard]] std::size_t size() const { return planes_.size(); }
  [[nodiscard]] plane& at(std::size_t index) { return *planes_.at(index); }
  /// Their names, joined by +: of what they have in common.
  [[nodiscard]] std::string label() const;
  /// Another process serves the same sockets, and its caches count.
  [[nodiscard]] bool succeeded() const { return planes_.front()->core().succeeded(); }

  [[nodiscard]] std::vector<std::string> plane_names() const override;
  [[nodiscard]] std::vector<admin::entry_row> entries(std::size_t limit) const override;
  [[nodiscard]] std::size_t entry_count() const override;
  [[nodiscard]] std::vector<admin::plane_coverage> coverage() const override;
  /// Of each plane, in the same order.
  [[nodiscard]] std::vector<admin::plane_shadow> shadow() const;
  /// What a credential is shown as, which is the same in all of them.
  [[nodiscard]] std::string fingerprint_of(const http::credential_view& who) const {
    return planes_.front()->core().fingerprint_of(who);
  }
  /// Of all planes, or of the one that the request names. How many entries it dropped or marked.
  std::size_t purge(const admin::purge_request& order);
  void begin_drill(mono_time now, duration how_long, std::string_view from) override;
  [[nodiscard]] proxy::drill_report drill_report(mono_time now) const override;

  [[nodiscard]] std::vector<admin::stale_row> stale_served(std::size_t limit) const override;
  [[nodiscard]] std::size_t stale_count() const override { return together_->stale.look(clock_.now().mono).waiting; }

  /// What another sidecache is told.
  [[nodiscard]] proxy::peer_answer tell_peer(const proxy::peer_question& asked) const {
    return together_->tell(asked, clock_.now().mono);
  }

  void add_readings(std::vector<metrics::reading>& out) const;

 private:
  const clock& clock_;
  process_keys keys_;
  std::shared_ptr<proxy::replica> together_;
  std::vector<std::unique_ptr<plane>> planes_;
};

/// Keeps a set's workers' parts from outliving the pool, whatever ends the construction of what it belongs to: declared
/// behind the pool.
class leaving {
 public:
  explicit leaving(plane_set& planes) : planes_(planes) {}
  leaving(const leaving&) = delete;
  leaving& operator=(const leaving&) = delete;
  ~leaving() { planes_.leave(); }

 private:
  plane_set& planes_;
};

}  // namespace sidecache::app
