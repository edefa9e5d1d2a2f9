#include "metrics/audit_log.hpp"

#include <spdlog/spdlog.h>

namespace sidecache::metrics {
namespace {

constexpr std::size_t longest_value = 256;

/// The log's formats escape what breaks a line; what is left to do is that no value can pass for another field.
void append_value(std::string& to, std::string_view value) {
  to.push_back('"');
  for (const char c : value.substr(0, longest_value)) to.push_back(c == '"' ? '\'' : c);
  to.append(value.size() > longest_value ? "...\"" : "\"");
}

}  // namespace

audit_line::audit_line(const head& what) : text_("audit") {
  word("action", what.action).word("by", what.by).word("outcome", what.outcome);
}

audit_line& audit_line::quoted(std::string_view name, std::string_view value) {
  text_.append(" ").append(name).append("=");
  append_value(text_, value);
  return *this;
}

audit_line& audit_line::word(std::string_view name, std::string_view value) {
  text_.append(" ").append(name).append("=").append(value);
  return *this;
}

void audit_line::write() const { spdlog::info("{}", text_); }

}  // namespace sidecache::metrics
