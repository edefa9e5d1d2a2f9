// The flags of `mock`, and of `demo` for its own mock.
#pragma once

#include <deque>
#include <expected>
#include <string>
#include <vector>

#include "mock/options.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;       // NOLINT(readability-identifier-naming)
}  // namespace CLI

namespace sidecache::app {

class mock_flags {
 public:
  mock_flags() = default;
  mock_flags(const mock_flags&) = delete;
  mock_flags& operator=(const mock_flags&) = delete;

  /// `listen`: the name of the flag that says where; `--listen`, but the demo's own listener has that one.
  void add_to(CLI::App& command, const std::string& listen, mock::options defaults);
  /// After the parse. The errors name flag, value and what was expected, one each.
  [[nodiscard]] std::expected<mock::options, std::vector<std::string>> options() const;

 private:
  mock::options options_;
  std::string latency_ = "0s";
  std::string jitter_ = "0s";
  std::string slow_body_ = "0s";
  std::vector<std::string> headers_;
};

}  // namespace sidecache::app
