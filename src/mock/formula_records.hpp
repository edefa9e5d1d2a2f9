// Any number of records that are not stored: what a lookup of `load-17` is answered with follows from the kind, the
// number, the seed and who asks, and is the same bytes each time.
//
// Theory of operation: a record of each kind is shown once by the functions that show stored ones (presentation.hpp,
// gateway_view.hpp), with marks in the places of its id, its slug and a text that fills it up to the size that was
// asked for. Between the marks the bytes are always the same; answering puts the pieces together, into memory of the
// caller's. Slugs are numbered from 1 on. They are looked up by slug only, stand in no list, and can't be written.
//
// A formula_view is what one API key sees: immutable, so any number of threads may read it, and outlives what it was
// made from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/slug_format.hpp"
#include "http/route.hpp"
#include "mock/family.hpp"
#include "mock/message.hpp"
#include "mock/options.hpp"
#include "mock/store.hpp"

namespace sidecache::mock {

/// Which record is asked for, and by which of the two APIs.
struct formula_target {
  family kind = family::integration;
  bool by_gateway = false;  ///< the data plane's
  std::string_view slug;
  std::uint64_t number = 0;
};

/// Which slugs there are. Immutable.
class formula_slugs {
 public:
  /// Throws std::invalid_argument if the format is none.
  explicit formula_slugs(const options& with);

  [[nodiscard]] bool any() const { return records_ > 0; }
  [[nodiscard]] std::optional<std::uint64_t> number_of(std::string_view slug) const;
  /// From the raw target, written as SDKs and gateways write it: no query, no escapes, no odd case. For the hot path.
  [[nodiscard]] std::optional<formula_target> read(std::string_view raw_target) const;
  /// However it is written. The slug is a view into `where`, from which enter_data_plane() has taken what it takes.
  [[nodiscard]] std::optional<formula_target> read(const target& where, bool by_gateway) const;

 private:
  slug_format format_;
  std::uint64_t records_;
};

class formula_view {
 public:
  /// As `caller` sees them. `now`: records that are shown don't depend on it, but the functions that show them ask.
  formula_view(const options& with, const api_key& caller, const store& all, wall_time now);

  /// The record's answer, appended.
  void append(const formula_target& which, std::string& to) const;

 private:
  enum class hole : std::uint8_t { none, id, slug, filler };
  struct piece {
    std::string text;
    hole behind = hole::none;
  };
  struct form {
    family kind;
    bool by_gateway;
    std::vector<piece> pieces;
    std::uint64_t fixed = 0;  ///< bytes besides slugs and filler
    std::uint64_t slugs = 0;
  };
  static form cut(std::string_view shown);
  void add(const record& model, bool by_gateway, const store& all, wall_time now);
  void append_filler(std::uint64_t size, std::uint64_t from, std::string& to) const;

  std::uint64_t seed_;
  std::uint64_t record_bytes_;
  std::vector<form> forms_;
  std::string filler_;
};

[[nodiscard]] http::route route_of(family kind);

}  // namespace sidecache::mock
