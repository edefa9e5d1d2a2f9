// The whole proxy as an object: what `sidecache serve` runs, inside a program of your own.
//
// Ownership: the object owns its threads, sockets and cache; nothing is shared with other objects but spdlog's default
// logger, which it replaces while it lives (lines go to standard error).
// Threads: construct, start() and stop() from one thread; port() and metrics_port() from any after start(). It starts
// `threads` worker threads and one more for metrics and admin pages, and handles no signals.
// Errors: start-up throws, and says everything that is wrong; after that, requests get their errors as HTTP answers.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sidecache {

class embedded_proxy {
 public:
  /// Keys and values as the settings table in the README names them: {"upstream.url", "http://127.0.0.1:8080"},
  /// {"listen", "127.0.0.1:0"}. What is not named has its default. The environment is not read.
  using settings = std::vector<std::pair<std::string, std::string>>;

  /// Throws std::invalid_argument: one line for each setting that is wrong.
  explicit embedded_proxy(const settings& with);
  embedded_proxy(const embedded_proxy&) = delete;
  embedded_proxy& operator=(const embedded_proxy&) = delete;
  /// As stop() with no grace, if it still runs.
  ~embedded_proxy();

  /// Binds and starts to answer. Throws std::runtime_error if an address can't be bound.
  void start();
  /// Stops accepting, lets what is being answered end, and clients that stay connected ask once more within a second;
  /// closes what is left after `grace`; returns when all is closed.
  void stop(std::chrono::nanoseconds grace = std::chrono::seconds{25});

  /// Where it listens: of the first address of `listen`, and of `metrics.listen`. Of use where those ask for port 0.
  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint16_t metrics_port() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace sidecache
