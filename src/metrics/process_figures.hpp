// The process_* metrics, from /proc/self. What can't be read is left out of the page rather than shown as 0.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "metrics/reading.hpp"

namespace sidecache::metrics {

/// What /proc/PID/stat says (proc(5)).
struct process_stat {
  double cpu_seconds = 0;
  double threads = 0;
  double start_seconds_after_boot = 0;
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

/// From the file's one line. The command's name comes in parentheses and may itself hold spaces and parentheses.
[[nodiscard]] std::optional<process_stat> parse_process_stat(std::string_view line, double ticks_per_second,
                                                             double page_bytes);

void append_process_figures(std::vector<reading>& to);

}  // namespace sidecache::metrics
