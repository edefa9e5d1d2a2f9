// The listening sockets of all servers, held by a process that accepts nothing itself: as long as it lives, a client is
// queued by the kernel and never refused, whatever becomes of the workers that accept.
//
// Binds as the servers would (net::listener does it), or adopts what systemd handed down. The files of Unix sockets go
// with this object. One thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "app/listening_groups.hpp"
#include "app/worker_process.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

class bound_sockets {
 public:
  /// Throws net::bind_error, and std::invalid_argument for a descriptor that is no socket to listen on. Before there
  /// are threads.
  explicit bound_sockets(const config::settings& settings);
  bound_sockets(const bound_sockets&) = delete;
  bound_sockets& operator=(const bound_sockets&) = delete;
  ~bound_sockets();

  [[nodiscard]] std::vector<int> descriptors() const;
  /// They come from somebody who goes on listening.
  [[nodiscard]] bool giver_keeps() const { return giver_keeps_; }
  /// For LISTEN_FDNAMES, in the same order.
  [[nodiscard]] const std::string& names() const { return names_; }
  [[nodiscard]] const std::vector<announced>& listening() const { return listening_; }
  /// From now on clients are queued and refused as the workers' own copies are open or closed.
  void close() { descriptors_.clear(); }

 private:
  struct binding;
  using say = std::function<void(const listen_address&)>;
  void hold(std::string_view name, const std::vector<net::listen_place>& places, const say& announce);

  std::unique_ptr<binding> binding_;
  std::vector<owned_descriptor> descriptors_;
  std::string names_;
  std::vector<announced> listening_;
  bool giver_keeps_ = false;
};

}  // namespace sidecache::app
