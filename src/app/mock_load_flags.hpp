// The flags of `mock` as a target of load: records by formula, delays by distribution, faults on a timeline, and what
// carries it. `demo` has none of them.
#pragma once

#include <string>
#include <vector>

#include "app/mock_service.hpp"
#include "mock/options.hpp"

namespace CLI {  // NOLINT(readability-identifier-naming): CLI11's own
class App;       // NOLINT(readability-identifier-naming)
}  // namespace CLI

namespace sidecache::app {

class mock_load_flags {
 public:
  mock_load_flags() = default;
  mock_load_flags(const mock_load_flags&) = delete;
  mock_load_flags& operator=(const mock_load_flags&) = delete;

  void add_to(CLI::App& command);
  /// After the parse; reads the files. What is wrong with them, one a line, with file and line where there is one.
  [[nodiscard]] std::vector<std::string> apply(mock::options& to) const;
  [[nodiscard]] const mock_bearing& bearing() const { return bearing_; }

 private:
  void read_delays(mock::options& to, std::vector<std::string>& errors) const;

  mock::options options_;  ///< those of its members that flags below fill
  mock_bearing bearing_;
  std::string distribution_;
  std::string quantiles_file_;
  std::string faults_file_;
  std::string journal_;
};

}  // namespace sidecache::app
