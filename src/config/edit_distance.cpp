#include "config/edit_distance.hpp"

#include <algorithm>
#include <numeric>

namespace sidecache::config {
namespace {

/// "admin.token_file" begins with the words "admin.token".
bool begins_with_words(std::string_view name, std::string_view words) {
  return name.size() > words.size() && name.starts_with(words) && std::string_view("._-").contains(name[words.size()]);
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row[b.size()];
}

std::string closest_name(std::string_view unknown, const std::vector<std::string>& known, char separator) {
  constexpr std::size_t longest_compared = 100;  // the distance costs the product of both lengths
  if (unknown.empty() || unknown.size() > longest_compared) return {};
  const std::size_t allowed = unknown.size() < 5 ? 1 : std::max<std::size_t>(unknown.size() / 3, 2);
  std::string best;
  std::size_t best_distance = allowed + 1;
  const std::string_view last_part = unknown.substr(unknown.find_last_of(separator) + 1);
  for (const auto& name : known) {
    std::size_t distance = edit_distance(unknown, name);
    // The right name in the wrong section is likelier than a wrong name that takes more than half of what is allowed.
    const std::string_view tail = std::string_view(name).substr(name.find_last_of(separator) + 1);
    if (tail == last_part) distance = std::min(distance, allowed / 2 + 1);
    if (begins_with_words(name, unknown)) distance = std::min<std::size_t>(distance, 1);
    if (distance < best_distance) {
      best_distance = distance;
      best = name;
    }
  }
  return best;
}

}  // namespace sidecache::config
