#include "net/listen_place.hpp"

#include <grp.h>
#include <pwd.h>

#include <array>
#include <charconv>
#include <vector>

namespace sidecache::net {
namespace {

constexpr std::size_t longest_entry = 16384;  // of the user database; what getpwnam_r(3) says is enough

template <class Id>
std::optional<Id> as_number(const std::string& text) {
  Id id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  // The highest number means "no change" to chown(2), which nobody asks for by a number.
  if (error != std::errc{} || end != text.data() + text.size() || id == static_cast<Id>(-1)) return std::nullopt;
  return id;
}

std::optional<uid_t> user_of(const std::string& name) {
  std::vector<char> text(longest_entry);
  passwd entry{};
  passwd* found = nullptr;
  getpwnam_r(name.c_str(), &entry, text.data(), text.size(), &found);
  return found != nullptr ? std::optional(entry.pw_uid) : as_number<uid_t>(name);
}

std::optional<gid_t> group_of(const std::string& name) {
  std::vector<char> text(longest_entry);
  group entry{};
  group* found = nullptr;
  getgrnam_r(name.c_str(), &entry, text.data(), text.size(), &found);
  return found != nullptr ? std::optional(entry.gr_gid) : as_number<gid_t>(name);
}

}  // namespace

std::expected<socket_access, std::string> parse_socket_owner(std::string_view owner) {
  socket_access out;
  const auto colon = owner.find(':');
  const std::string user(owner.substr(0, colon));
  const std::string group(colon == std::string_view::npos ? std::string_view{} : owner.substr(colon + 1));
  if (!user.empty()) out.user = user_of(user);
  if (!group.empty()) out.group = group_of(group);
  if (!user.empty() && !out.user) return std::unexpected("there is no user '" + user + "'");
  if (!group.empty() && !out.group) return std::unexpected("there is no group '" + group + "'");
  return out;
}

}  // namespace sidecache::net
