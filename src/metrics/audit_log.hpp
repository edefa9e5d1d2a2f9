// The audit: one line for each change that somebody made to a running sidecache, or was refused.
//
// Every such line has one shape, so that it can be found, counted and alerted on:
//     audit action=purge by=admin outcome=done from="127.0.0.1" mode=hard slug="main" dropped=3
// action: what was asked for. by: the way it came, `admin` (its API), `file` or `signal`; `sidecache`: a time was over.
// outcome: done, or why not. Further fields are the action's own. It goes to the log at level info. What others chose
// is quoted; credentials and tokens are never given to it.
#pragma once

#include <concepts>
#include <string>
#include <string_view>

namespace sidecache::metrics {

class audit_line {
 public:
  struct head {
    std::string_view action;
    std::string_view by;
    std::string_view outcome;
  };
  explicit audit_line(const head& what);

  /// Bytes that others chose.
  audit_line& quoted(std::string_view name, std::string_view value);
  /// One of our own words.
  audit_line& word(std::string_view name, std::string_view value);
  template <std::integral Number>
  audit_line& number(std::string_view name, Number value) {
    return word(name, std::to_string(value));
  }
  [[nodiscard]] const std::string& text() const { return text_; }
  /// To the log, from any thread.
  void write() const;

 private:
  std::string text_;
};

}  // namespace sidecache::metrics
