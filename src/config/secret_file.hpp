// A secret from a file, the only place where secrets come from: neither command lines nor environments keep them.
#pragma once

#include <expected>
#include <string>

#include "base/secret.hpp"

namespace sidecache::config {

/// The file's text without spaces and line ends around it. An empty file, or one over 64 KiB, is an error; the error
/// says what is wrong and repeats neither path nor content.
[[nodiscard]] std::expected<secret, std::string> read_secret_file(const std::string& path);

/// "" if it is a file that this process may read, else what is wrong with it.
[[nodiscard]] std::string unreadable(const std::string& path);

}  // namespace sidecache::config
