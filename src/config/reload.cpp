#include "config/reload.hpp"

#include <algorithm>
#include <type_traits>

#include "config/settings_table.hpp"

namespace sidecache::config {
namespace {

constexpr std::string_view another_file = "(another file, not shown)";
/// Of a list of changes or errors; what is more can be seen in GET /api/settings and by `sidecache check`.
constexpr std::size_t most_told = 20;

/// Not const: the table's accessors are for writing too.
bool differ(const setting& what, settings& a, settings& b) {
  return std::visit(
      [&]<class At>(At at) {
        if constexpr (std::is_same_v<At, choice_access>)
          return at.get(a) != at.get(b);
        else
          return at(a) != at(b);
      },
      what.at);
}

/// Of several planes each has a row of its own; of a single one the row is the setting's.
const setting_in_effect* row_of(const loaded_settings& of, const std::string& place, std::string_view key) {
  for (const std::string& name : {key_below(place, key), std::string(key)}) {
    const auto row = std::ranges::find(of.in_effect, name, &setting_in_effect::key);
    if (row != of.in_effect.end()) return &*row;
  }
  return nullptr;
}

class comparison {
 public:
  comparison(const loaded_settings& running, const loaded_settings& wanted)
      : running_(running), wanted_(wanted), a_(running.values), b_(wanted.values) {}

  std::vector<setting_change> run() {
    for (const auto& what : settings_table())
      if (!is_of_a_plane(what.key) && what.type != value_type::planes) compare(what, "");
    if (a_.planes.size() != b_.planes.size()) {
      add(setting_of("planes"), "");
      return std::move(found_);
    }
    for (std::size_t i = 0; i < a_.planes.size(); ++i) {
      a_.plane = a_.planes[i];
      b_.plane = b_.planes[i];
      for (const auto& what : settings_table())
        if (is_of_a_plane(what.key)) compare(what, "planes[" + std::to_string(i) + "]");
    }
    return std::move(found_);
  }

 private:
  void compare(const setting& what, const std::string& place) {
    if (differ(what, a_, b_)) add(what, place);
  }
  void add(const setting& what, const std::string& place) {
    const auto* const was = row_of(running_, place, what.key);
    const auto* const is = row_of(wanted_, place, what.key);
    setting_change made{.key = is != nullptr ? is->key : std::string(what.key),
                        .what = &what,
                        .running = was != nullptr ? was->text : "",
                        .wanted = is != nullptr ? is->text : ""};
    if (what.type == value_type::secret_file && made.running == made.wanted) made.wanted = another_file;
    found_.push_back(std::move(made));
  }

  const loaded_settings& running_;
  const loaded_settings& wanted_;
  settings a_;
  settings b_;
  std::vector<setting_change> found_;
};

void append_told(std::string& to, std::size_t index, std::size_t of, const std::string& one) {
  if (index < most_told) to.append(to.empty() ? "" : "; ").append(one);
  if (index == most_told) to.append("; and ").append(std::to_string(of - most_told)).append(" more");
}

}  // namespace

std::vector<setting_change> changes_between(const loaded_settings& running, const loaded_settings& wanted) {
  return comparison(running, wanted).run();
}

reload_decision decide_reload(const loaded_settings& running, const load_result& wanted) {
  if (!wanted) return {.result = reload_result::invalid, .changes = {}, .errors = wanted.error()};
  reload_decision made{.result = reload_result::applied, .changes = changes_between(running, *wanted), .errors = {}};
  if (made.changes.empty()) made.result = reload_result::unchanged;
  if (!std::ranges::all_of(made.changes, &setting_change::is_live)) made.result = reload_result::restart_required;
  return made;
}

std::string describe(const reload_decision& what) {
  std::string told;
  for (std::size_t i = 0; i < what.errors.size(); ++i)
    append_told(told, i, what.errors.size(), what.errors[i].message());
  for (std::size_t i = 0; i < what.changes.size(); ++i) {
    const setting_change& each = what.changes[i];
    std::string one = each.key + " " + in_quotes(each.running) + " -> " + in_quotes(each.wanted);
    if (!each.is_live()) one.append(" (takes a restart)");
    append_told(told, i, what.changes.size(), one);
  }
  return told.empty() ? "nothing differs" : told;
}

}  // namespace sidecache::config
