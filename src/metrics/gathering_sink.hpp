// A file that lines are written to, as many at once as are there.
//
// Theory of operation: a line that comes alone is written at once. Then the writing thread pauses for some
// milliseconds, in which it need not be woken for each line that comes: waking it costs the worker that logs more than
// the line does, and one write() more than what it writes. What came meanwhile is written together. A thread that has
// much to write does not pause.
//
// Thread: the log's writing thread only, so it has no lock. What the file does not take is lost, as with every log that
// writes to standard error.
#pragma once

#include <spdlog/details/null_mutex.h>
#include <spdlog/sinks/base_sink.h>

#include <cstddef>
#include <cstdio>
#include <functional>

namespace sidecache::metrics {

class gathering_sink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  /// So many bytes are written although more lines wait.
  static constexpr std::size_t most_bytes = std::size_t{32} * 1024;
  /// From so many lines at once on there is no pause.
  static constexpr std::size_t busy_lines = 128;

  /// Whether lines wait behind the one that is being written.
  using waiting = std::function<bool()>;

  /// `pause` returns after some milliseconds.
  gathering_sink(std::FILE* to, waiting more, std::function<void()> pause);
  /// Writes what it has: what waited behind the last line may have been the queue's end.
  ~gathering_sink() override;
  gathering_sink(const gathering_sink&) = delete;
  gathering_sink& operator=(const gathering_sink&) = delete;

 protected:
  void sink_it_(const spdlog::details::log_msg& line) override;
  void flush_() override;

 private:
  void write_out();

  std::FILE* to_;
  waiting more_;
  std::function<void()> pause_;
  spdlog::memory_buf_t text_;
  std::size_t lines_ = 0;
};

}  // namespace sidecache::metrics
