// One walk over a record by the tables of record_fields.hpp: each value is looked at, counted if no schema allows it,
// and picked up if the cache wants it.
//
// The walk never stops early: what it left out would be neither counted nor proved to be JSON. Whether the text was
// JSON is the cursor's to say afterwards. A walk is used once and lives no longer than its cursor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "records/facts.hpp"
#include "records/json_cursor.hpp"
#include "records/kind.hpp"
#include "records/schema.hpp"

namespace sidecache::records {

class fact_walk {
 public:
  fact_walk(kind what, json_cursor& in) : what_(what), in_(in) {}

  /// Of the object ahead, as the record itself. If `outermost`, it may turn out to be the envelope of one.
  void record(bool outermost);

  [[nodiscard]] bool has_slug() const { return has_slug_; }
  [[nodiscard]] bool has_id() const { return !facts_.id.empty(); }
  /// Of the outermost object: it says that it is a list, or a success, and there is one in it.
  [[nodiscard]] bool is_list() const { return (success_ || says_list_) && has_list_; }
  [[nodiscard]] bool is_of_kind() const { return is_of_kind_; }
  /// Where the enveloped record begins.
  [[nodiscard]] std::optional<json_cursor::mark> enveloped() const { return success_ ? data_ : std::nullopt; }
  [[nodiscard]] record_facts result();

 private:
  void unknown_member(std::string_view name, bool outermost);
  void outermost_member(std::string_view name);
  void nested_id(std::string& into);
  void members(schema known);
  void value(shape what);
  void present_value(shape what);
  void wanted_value(shape what);
  void number(shape what);
  void object(schema known);
  void configurations();
  template <class Element>
  void list(bool one_at_most);
  void map_of(shape what);
  void expect(json_type type);
  template <class Enum>
  Enum choice_of();
  std::string slug_or_uuid();
  std::optional<wall_time> deadline(bool& unreadable);
  void forget_soft_deadline();
  void unknown_value() { ++facts_.unknown_values; }

  kind what_;
  json_cursor& in_;
  record_facts facts_;
  bool has_slug_ = false;
  bool is_of_kind_ = true;
  bool unreadable_expiry_ = false;
  bool unreadable_reset_ = false;
  bool success_ = false;
  bool says_list_ = false;
  bool has_list_ = false;
  std::optional<json_cursor::mark> data_;
};

}  // namespace sidecache::records
