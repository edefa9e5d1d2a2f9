#include "metrics/gathering_sink.hpp"

#include <utility>

namespace sidecache::metrics {

gathering_sink::gathering_sink(std::FILE* to, waiting more, std::function<void()> pause)
    : to_(to), more_(std::move(more)), pause_(std::move(pause)) {}

gathering_sink::~gathering_sink() { write_out(); }

void gathering_sink::sink_it_(const spdlog::details::log_msg& line) {
  formatter_->format(line, text_);
  ++lines_;
  const bool more = more_();
  if (more && text_.size() < most_bytes) return;
  const bool busy = more || lines_ >= busy_lines;
  write_out();
  if (!busy) pause_();
}

void gathering_sink::flush_() { write_out(); }

void gathering_sink::write_out() {
  if (text_.size() != 0) std::fwrite(text_.data(), 1, text_.size(), to_);
  std::fflush(to_);
  text_.clear();
  lines_ = 0;
}

}  // namespace sidecache::metrics
