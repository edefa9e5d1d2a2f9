// One thing that is wrong with the configuration, told so that it can be put right without reading anything else.
//
// Nothing secret enters an error: values of secret files, of unknown keys (one might be `admin.token`) and of URLs with
// credentials are never copied into one.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/place.hpp"

namespace sidecache::config {

struct config_error {
  place where;
  std::string key;       ///< "cache.ttl", "routes[0].path"; "" for a file as a whole
  std::string found;     ///< what stood there; or the whole complaint, where nothing else was expected
  std::string expected;  ///< "" with unknown keys and the like
  std::string closest;   ///< the name that was probably meant, as this source writes names; "" if none is near

  /// "sidecache.yaml:3:8: cache.ttl: expected ..., found ...; did you mean ...?"
  /// One line: control bytes, wherever they come from, are replaced.
  [[nodiscard]] std::string message() const;
};

/// One a line, in the order given.
[[nodiscard]] std::string format_errors(const std::vector<config_error>& errors);

/// In quotes, cut short, with control bytes replaced: safe for a terminal and a log line.
[[nodiscard]] std::string in_quotes(std::string_view text);

}  // namespace sidecache::config
