// The log: spdlog on a queue and a thread of its own, lines of text, JSON or logfmt on standard error.
//
// Theory of operation: whoever logs copies its line into a queue of bounded length and goes on; one thread writes, all
// that is there at once (gathering_sink.hpp). If standard error is slower than the lines come, the oldest in the queue
// are lost and counted: a reader that stalls can stop the log, never a worker. Every line is escaped by the formatter,
// so whatever a peer gets into a message, it stays one line, and valid JSON. While the object lives it is spdlog's
// default logger; spdlog::warn(...) anywhere goes through it. It belongs to main and outlives all workers. Its
// destructor writes what is queued, and so waits for standard error to take it. No credential, record body or query
// value may be given to it: that is the duty of those who log.
#pragma once

#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sidecache::metrics {

enum class log_format : std::uint8_t { text, json, logfmt };
constexpr std::array<std::string_view, 3> log_format_names{"text", "json", "logfmt"};

enum class log_level : std::uint8_t { debug, info, warn, error, off };
constexpr std::array<std::string_view, 5> log_level_names{"debug", "info", "warn", "error", "off"};

/// How long the writing thread pauses after a line that came alone. What comes meanwhile has to find room in the queue,
/// so where every request may get a line it is the shorter one: waking is a hundredth of what answers from memory cost.
constexpr std::chrono::milliseconds pause_among_many{5};
constexpr std::chrono::milliseconds pause_among_few{20};

struct log_settings {
  log_level level = log_level::info;  ///< of all lines but access lines, which have a switch of their own
  log_format format = log_format::text;
  std::size_t queue_lines = 512;  ///< 0.4 KiB each whether used or not; spdlog's own 8192 would cost 3.3 MiB
  std::chrono::milliseconds pause = pause_among_many;
};

class log {
 public:
  /// To standard error where no sink is named.
  explicit log(log_settings settings, spdlog::sink_ptr sink = nullptr);
  ~log();
  log(const log&) = delete;
  log& operator=(const log&) = delete;

  /// At any time, from any thread.
  void set_level(log_level level);
  void set_pause(std::chrono::milliseconds pause) { pause_ = pause; }
  [[nodiscard]] log_format format() const { return format_; }
  /// Lines lost so far. Thread-safe.
  [[nodiscard]] std::uint64_t dropped() const { return queue_->overrun_counter(); }
  /// For access_log: takes fields that are escaped already, as JSON members or as key=value.
  [[nodiscard]] spdlog::logger& access() { return *access_; }

 private:
  log_format format_;
  std::atomic<std::chrono::milliseconds> pause_;
  std::shared_ptr<spdlog::details::thread_pool> queue_;
  std::shared_ptr<spdlog::async_logger> general_;
  std::shared_ptr<spdlog::async_logger> access_;
  std::shared_ptr<spdlog::logger> default_before_;
};

}  // namespace sidecache::metrics
