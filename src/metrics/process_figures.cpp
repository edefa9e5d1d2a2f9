#include "metrics/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

namespace sidecache::metrics {
namespace {

std::string read_all(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The time of the machine's start, in seconds since the epoch.
std::optional<double> boot_time() {
  const std::string stat = read_all("/proc/stat");
  const auto line = stat.find("\nbtime ");
  if (line == std::string::npos) return std::nullopt;
  double seconds = 0;
  const char* const digits = stat.data() + line + 7;
  if (std::from_chars(digits, stat.data() + stat.size(), seconds).ec != std::errc{}) return std::nullopt;
  return seconds;
}

std::optional<double> open_descriptors() {
  std::error_code error;
  auto at = std::filesystem::directory_iterator("/proc/self/fd", error);
  double count = 0;
  for (; !error && at != std::filesystem::directory_iterator(); at.increment(error)) ++count;
  if (error || count == 0) return std::nullopt;
  return count - 1;  // one of them is this directory, open for the count
}

}  // namespace

std::optional<process_stat> parse_process_stat(std::string_view line, double ticks_per_second, double page_bytes) {
  const auto name_end = line.rfind(") ");
  if (name_end == std::string_view::npos) return std::nullopt;
  line.remove_prefix(name_end + 2);
  std::array<double, 22> field{};  // proc(5) numbers fields from 1; the first after the name is 3, the state's letter
  std::size_t n = 0;
  while (n < field.size() && !line.empty()) {
    const auto space = line.find(' ');
    const auto word = line.substr(0, space);
    if (n > 0 && std::from_chars(word.data(), word.data() + word.size(), field[n]).ec != std::errc{})
      return std::nullopt;
    ++n;
    line.remove_prefix(space == std::string_view::npos ? line.size() : space + 1);
  }
  if (n < field.size()) return std::nullopt;
  const auto at = [&](std::size_t number) { return field[number - 3]; };
  return process_stat{.cpu_seconds = (at(14) + at(15)) / ticks_per_second,
                      .threads = at(20),
                      .start_seconds_after_boot = at(22) / ticks_per_second,
                      .virtual_bytes = at(23),
                      .resident_bytes = at(24) * page_bytes};
}

void append_process_figures(std::vector<reading>& to) {
  const auto add = [&](metric id, double value) { to.push_back({.id = id, .labels = {}, .value = value}); };
  if (const auto stat = parse_process_stat(read_all("/proc/self/stat"), static_cast<double>(::sysconf(_SC_CLK_TCK)),
                                           static_cast<double>(::sysconf(_SC_PAGESIZE)))) {
    add(metric::process_cpu, stat->cpu_seconds);
    add(metric::process_resident_memory, stat->resident_bytes);
    add(metric::process_virtual_memory, stat->virtual_bytes);
    add(metric::process_threads, stat->threads);
    if (const auto boot = boot_time()) add(metric::process_start_time, *boot + stat->start_seconds_after_boot);
  }
  if (const auto open = open_descriptors()) add(metric::process_open_fds, *open);
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) add(metric::process_max_fds, static_cast<double>(limit.rlim_cur));
}

}  // namespace sidecache::metrics
