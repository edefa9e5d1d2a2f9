#include "app/config_source.hpp"

#include <fstream>
#include <functional>
#include <string_view>

namespace sidecache::app {
namespace {

/// config::read_file() takes none that is longer, so what stands behind this is no matter.
constexpr std::size_t most_looked_at = (1024UL * 1024) + 1;

settled_change::content content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(most_looked_at, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return std::nullopt;
  return std::hash<std::string_view>{}(std::string_view(text).substr(0, static_cast<std::size_t>(file.gcount())));
}

}  // namespace

bool settled_change::look(content what) {
  const bool settled = what == last_;
  last_ = what;
  if (!settled || what == taken_) return false;
  taken_ = what;
  return true;
}

config::load_result config_source::load() {
  // Looked at first: should it change while it is read, the next looks find another than this.
  if (file_) change_.taken(content_of(*file_));
  return load_();
}

bool config_source::has_changed() { return file_ && change_.look(content_of(*file_)); }

}  // namespace sidecache::app
