// The header or trailer fields of one message, in the order they came, in one allocation.
//
// Theory of operation: names and values are copied one after the other into one string; each field is four numbers that
// point into it. A cleared object keeps its memory, so a connection that reuses one allocates nothing from its second
// request on. Removing a field leaves its bytes behind until clear(): heads are small and short-lived.
// Views that it hands out are valid until the next add, set or clear.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sidecache::http {

struct field {
  std::string_view name;
  std::string_view value;
};

class fields {
 public:
  class iterator {
   public:
    using value_type = field;
    using difference_type = std::ptrdiff_t;
    iterator() = default;
    iterator(const fields* owner, std::size_t at) : owner_(owner), at_(at) {}
    field operator*() const { return owner_->at(at_); }
    iterator& operator++() {
      ++at_;
      return *this;
    }
    iterator operator++(int) {
      iterator before = *this;
      ++at_;
      return before;
    }
    bool operator==(const iterator& other) const = default;

   private:
    const fields* owner_ = nullptr;
    std::size_t at_ = 0;
  };

  /// Appends; a repeated name stays a second field line.
  void add(std::string_view name, std::string_view value);
  /// The same of a field that is none of this object's own: nothing need be looked after when its memory moves.
  void add_foreign(const field& line);
  /// Room for so many bytes of names and values, and for as many fields as a head of that size mostly has.
  void reserve(std::size_t bytes);
  /// Removes every field of that name, then appends.
  void set(std::string_view name, std::string_view value);
  /// How many were removed. Names compare without case, everywhere in this class.
  std::size_t erase(std::string_view name);
  /// Removes those for which `unwanted(field)` is true.
  template <class Predicate>
  void erase_if(Predicate unwanted) {
    std::erase_if(places_, [&](const place& p) { return unwanted(view(p)); });
  }
  void clear();

  /// The first field line of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  [[nodiscard]] std::size_t count(std::string_view name) const;
  [[nodiscard]] bool contains(std::string_view name) const { return find(name).has_value(); }
  /// True if a field of that name lists `token` (comma-separated, without case), as in `Connection: close`.
  [[nodiscard]] bool lists(std::string_view name, std::string_view token) const;
  /// All lines of that name joined by ", " (RFC 9110 §5.3); nothing if there is none.
  [[nodiscard]] std::optional<std::string> joined(std::string_view name) const;

  [[nodiscard]] std::size_t size() const { return places_.size(); }
  [[nodiscard]] bool empty() const { return places_.empty(); }
  [[nodiscard]] field at(std::size_t i) const { return view(places_[i]); }
  [[nodiscard]] iterator begin() const { return {this, 0}; }
  [[nodiscard]] iterator end() const { return {this, places_.size()}; }

  /// "Name: value\r\n" for each, appended to `out`.
  void serialize(std::string& out) const;

 private:
  struct place {
    std::uint32_t name, name_size, value, value_size;
  };
  [[nodiscard]] field view(const place& p) const {
    return {std::string_view(bytes_).substr(p.name, p.name_size),
            std::string_view(bytes_).substr(p.value, p.value_size)};
  }

  std::string bytes_;
  std::vector<place> places_;
};

}  // namespace sidecache::http
