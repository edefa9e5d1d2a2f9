// Ids that look random and are not: UUIDs and short suffixes that follow from a seed.
//
// Seeded records get theirs from a name, so that one more record in the seed moves nobody else's; records made later
// get theirs from a counter. Trace ids have a counter of their own: reads don't change the ids of what is made next.
// Not thread-safe.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sidecache::mock {

class id_source {
 public:
  explicit id_source(std::uint64_t seed) : seed_(seed) {}

  /// The same for the same seed and name. Version 4 in form.
  [[nodiscard]] std::string uuid_of(std::string_view name) const;
  [[nodiscard]] std::string next_uuid() { return uuid_of("record/" + std::to_string(++records_)); }
  [[nodiscard]] std::string next_trace_id() { return uuid_of("trace/" + std::to_string(++traces_)); }
  /// Six hexadecimal digits, as slugs made from names end with.
  [[nodiscard]] std::string next_suffix();

 private:
  std::uint64_t seed_;
  std::uint64_t records_ = 0;
  std::uint64_t traces_ = 0;
};

/// Evenly spread chances from a seed (splitmix64). Not thread-safe.
class chance {
 public:
  explicit chance(std::uint64_t seed) : state_(seed) {}
  [[nodiscard]] std::uint64_t next();
  /// At least 0, below 1.
  [[nodiscard]] double fraction() { return static_cast<double>(next() >> 11U) * 0x1.0p-53; }

 private:
  std::uint64_t state_;
};

}  // namespace sidecache::mock
