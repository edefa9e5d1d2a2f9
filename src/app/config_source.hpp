// Where a process has its settings from, to be read again: file, environment and flags, and whether the file is another
// by now.
//
// Theory of operation: the file is looked at once a second by its content, wherever its name leads by then. So it makes
// no difference how it was changed: written over, renamed into place, or, as kubelet does with a ConfigMap, by another
// target of the link ..data above it; and file systems that tell nobody of changes are none of their own kind. A change
// counts once two looks in a row have found the same: who writes a file in place writes it piece by piece, and half a
// file may well be a valid one.
//
// Belongs to the main thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "config/reload.hpp"

namespace sidecache::app {

/// When a file's content has become another, by what each look has found. Pure.
class settled_change {
 public:
  /// A fingerprint of what the settings were read from; nothing: there is no such file.
  using content = std::optional<std::uint64_t>;

  void taken(content what) { taken_ = last_ = what; }
  /// True once for each content that differs from what was taken and was found twice in a row.
  [[nodiscard]] bool look(content what);

 private:
  content taken_;
  content last_;
};

class config_source {
 public:
  using loader = std::function<config::load_result()>;
  /// `file`: the one that `load` reads, if there is one.
  config_source(std::optional<std::string> file, loader load) : file_(std::move(file)), load_(std::move(load)) {}

  /// Reads all of it.
  [[nodiscard]] config::load_result load();
  /// To be asked once in `every`: whether it is time to load() again.
  [[nodiscard]] bool has_changed();

  static constexpr auto every = std::chrono::seconds(1);

 private:
  std::optional<std::string> file_;
  loader load_;
  settled_change change_;
};

}  // namespace sidecache::app
