// Alarms by Asio's timers, for one worker's thread.
#pragma once

#include <boost/asio/io_context.hpp>

#include "base/alarms.hpp"

namespace sidecache::net {

class timer_alarms final : public alarms {
 public:
  /// The context outlives it, and the alarms.
  explicit timer_alarms(boost::asio::io_context& context) : context_(context) {}

  [[nodiscard]] std::unique_ptr<alarm> set(mono_time when, std::function<void()> ring) override;

 private:
  boost::asio::io_context& context_;
};

}  // namespace sidecache::net
