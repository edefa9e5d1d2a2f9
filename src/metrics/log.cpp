#include "metrics/log.hpp"

#include <fmt/chrono.h>
#include <spdlog/formatter.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <iterator>
#include <string>
#include <thread>

#include "base/background_thread.hpp"
#include "metrics/escaped_text.hpp"
#include "metrics/gathering_sink.hpp"

namespace sidecache::metrics {
namespace {

constexpr std::string_view access_name = "access";

spdlog::level::level_enum native(log_level level) {
  switch (level) {
    case log_level::debug:
      return spdlog::level::debug;
    case log_level::info:
      return spdlog::level::info;
    case log_level::warn:
      return spdlog::level::warn;
    case log_level::error:
      return spdlog::level::err;
    case log_level::off:
      return spdlog::level::off;
  }
  return spdlog::level::info;
}

std::string_view name_of(spdlog::level::level_enum level) {
  switch (level) {
    case spdlog::level::trace:
    case spdlog::level::debug:
      return "debug";
    case spdlog::level::info:
      return "info";
    case spdlog::level::warn:
      return "warn";
    default:
      return "error";
  }
}

/// What stands around the time.
struct frame {
  std::string_view before_time;
  std::string_view before_level;
};
constexpr std::array<frame, log_format_names.size()> frames{{
    {"", " "},
    {R"({"time":")", R"(","level":")"},
    {"time=", " level="},
}};

std::string_view view(spdlog::string_view_t text) { return {text.data(), text.size()}; }

/// Used by the writing thread only.
class line_formatter final : public spdlog::formatter {
 public:
  explicit line_formatter(log_format format) : format_(format) {}

  void format(const spdlog::details::log_msg& line, spdlog::memory_buf_t& to) override {
    scratch_.clear();
    const auto ms = std::chrono::floor<std::chrono::milliseconds>(line.time);
    const auto seconds = std::chrono::floor<std::chrono::seconds>(ms);
    auto out = std::back_inserter(scratch_);
    if (seconds != second_) {  // by fmt's chrono, which allocates
      second_ = seconds;
      second_text_ = fmt::format("{:%Y-%m-%dT%H:%M:%S}", fmt::gmtime(seconds));
    }
    const frame around = frames[static_cast<std::size_t>(format_)];
    fmt::format_to(out, "{}{}.{:03}Z{}{}", around.before_time, second_text_, (ms - seconds).count(),
                   around.before_level, name_of(line.level));
    switch (format_) {
      case log_format::json:
        finish_json(line);
        break;
      case log_format::logfmt:
        finish_logfmt(line);
        break;
      case log_format::text:
        finish_text(line);
    }
    scratch_.push_back('\n');
    to.append(scratch_.data(), scratch_.data() + scratch_.size());
  }
  [[nodiscard]] std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<line_formatter>(format_);
  }

 private:
  void finish_json(const spdlog::details::log_msg& line) {
    scratch_.append(R"(","message":)");
    if (view(line.logger_name) == access_name) {
      scratch_.append(R"("request",)").append(view(line.payload));
    } else {
      append_json_string(scratch_, view(line.payload));
    }
    scratch_.push_back('}');
  }
  void finish_logfmt(const spdlog::details::log_msg& line) {
    scratch_.append(" message=");
    if (view(line.logger_name) == access_name) {
      scratch_.append("request ").append(view(line.payload));
    } else {
      append_quoted(scratch_, view(line.payload));
    }
  }
  void finish_text(const spdlog::details::log_msg& line) {
    scratch_.push_back(' ');
    if (view(line.logger_name) == access_name) {
      scratch_.append("request ").append(view(line.payload));
    } else {
      append_one_line(scratch_, view(line.payload));
    }
  }

  log_format format_;
  std::string scratch_;
  std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
  std::string second_text_;
};

}  // namespace

log::log(log_settings settings, spdlog::sink_ptr sink)
    : format_(settings.format),
      pause_(settings.pause),
      queue_(std::make_shared<spdlog::details::thread_pool>(settings.queue_lines, 1, run_behind_workers)),
      default_before_(spdlog::default_logger()) {
  if (!sink)
    sink = std::make_shared<gathering_sink>(
        stderr, [queue = queue_.get()] { return queue->queue_size() != 0; },
        [this] { std::this_thread::sleep_for(pause_.load()); });
  sink->set_formatter(std::make_unique<line_formatter>(format_));
  const auto make = [&](std::string_view name) {
    return std::make_shared<spdlog::async_logger>(std::string(name), sink, queue_,
                                                  spdlog::async_overflow_policy::overrun_oldest);
  };
  general_ = make("sidecache");
  general_->set_level(native(settings.level));
  access_ = make(access_name);
  access_->set_level(spdlog::level::info);
  spdlog::set_default_logger(general_);
}

log::~log() {
  spdlog::set_default_logger(default_before_);
  queue_.reset();  // ends the writing thread while the loggers live, so that it never is the one to destroy them
}

void log::set_level(log_level level) { general_->set_level(native(level)); }

}  // namespace sidecache::metrics
