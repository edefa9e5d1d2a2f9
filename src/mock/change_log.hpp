// What changed, and who was told of it: the memory behind sync, which hands every change out once to each identifier.
//
// A log of the last changes, numbered, and for every identifier the number that it was told up to. An identifier that
// asks for the first time begins now, with nothing. Both are bounded: one that fell behind the log, or may have been
// forgotten, is told that everything changed, which costs a gateway some lookups and never leaves it a wrong record.
// Pure and in memory; not thread-safe.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mock/family.hpp"
#include "mock/scope.hpp"

namespace sidecache::mock {

/// Names a record, which may be gone by now.
struct change {
  family kind = family::integration;
  std::string id{};
  std::string slug{};
  scope where{};
};

class change_log {
 public:
  explicit change_log(std::size_t most_changes = 10'000, std::size_t most_identifiers = 1000)
      : most_changes_(most_changes), most_identifiers_(most_identifiers) {}

  void add(change one);
  /// What changed in the organisation since the identifier last asked, each record once, in the order of the changes;
  /// nothing if that is not known any more, and everything may have. The identifier is told by this: what is not
  /// handed on is lost to it.
  [[nodiscard]] std::optional<std::vector<change>> take(const std::string& organisation_id,
                                                        std::string_view identifier);
  /// All of the organisation that the log still has.
  [[nodiscard]] std::vector<change> all_of(std::string_view organisation_id) const;

 private:
  [[nodiscard]] std::vector<change> from(std::uint64_t number, std::string_view organisation_id) const;
  void begin(std::string who);

  std::size_t most_changes_;
  std::size_t most_identifiers_;
  std::uint64_t first_ = 0;  ///< the number of the log's first
  std::deque<change> log_;
  std::map<std::string, std::uint64_t, std::less<>> told_;  ///< organisation and identifier: the number to go on from
  bool forgot_somebody_ = false;
};

}  // namespace sidecache::mock
