// What several tests of messages need.
#pragma once

#include <chrono>
#include <initializer_list>
#include <string>

#include "base/clock.hpp"
#include "http/fields.hpp"

namespace sidecache::http {

inline const wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 21} + std::chrono::hours(12)};

inline fields with(std::initializer_list<field> all) {
  fields made;
  for (const auto& [name, value] : all) made.add(name, value);
  return made;
}

/// As they are sent.
inline std::string text(const fields& of) {
  std::string out;
  of.serialize(out);
  return out;
}

}  // namespace sidecache::http
