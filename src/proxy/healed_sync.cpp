#include "proxy/healed_sync.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <boost/json/string.hpp>
#include <map>
#include <set>

#include "proxy/sync_answer.hpp"
#include "records/json_document.hpp"

namespace sidecache::proxy {
namespace {

using cache::family;
using records::json_cursor;
using records::json_type;

/// How a list's elements are written.
enum class element_shape : std::uint8_t { text, object };

std::string_view list_name(family of) {
  switch (of) {
    case family::integration:
      return "integrationsV2";
    case family::key:
      return "virtualKeysV2";
    case family::config:
      return "configsV2";
    case family::prompt:
      return "promptsV2";
    case family::prompt_partial:
      return "promptPartialsV2";
    case family::guardrail:
      return "guardrailsV2";
    case family::api_key:
      return "apiKeyIds";
  }
  return "";
}

/// What stands between the brackets.
std::string_view inside(std::string_view list) { return without_space(list.substr(1, list.size() - 2)); }

element_shape shape_of(std::string_view name, std::string_view list) {
  const std::string_view first = inside(list);
  if (!first.empty()) return first.front() == '{' ? element_shape::object : element_shape::text;
  return name.ends_with("V2") ? element_shape::object : element_shape::text;
}

std::string in_json(std::string_view text) { return boost::json::serialize(boost::json::string(text)); }

std::string element(const sync_addition& of, element_shape shape) {
  if (shape == element_shape::text) return in_json(of.ident);
  std::string out = "{\"slug\":" + in_json(of.ident);
  if (!of.workspace_id.empty()) out += ",\"workspace_id\":" + in_json(of.workspace_id);
  return out + "}";
}

/// What is to be written at which place of the text.
class insertions {
 public:
  explicit insertions(std::string_view text) : text_(text) {}

  /// Behind the last of what stands in `block`, a list or an object of the text.
  void append(std::string_view block, const std::string& more) {
    const std::size_t at = static_cast<std::size_t>(block.data() - text_.data()) + block.size() - 1;
    std::string& here = at_[at];
    if (!here.empty() || !inside(block).empty()) here += ",";
    here += more;
  }
  void replace(std::string_view block, std::string with) {
    replaced_ = block;
    instead_ = std::move(with);
  }
  [[nodiscard]] std::string applied() const {
    std::string out;
    std::size_t done = 0;
    const auto copy_to = [&](std::size_t end) {
      out.append(text_.substr(done, end - done));
      done = end;
    };
    for (const auto& [at, what] : at_) {
      copy_to(at);
      out.append(what);
    }
    if (!replaced_.empty()) {
      copy_to(static_cast<std::size_t>(replaced_.data() - text_.data()));
      out.append(instead_);
      done += replaced_.size();
    }
    copy_to(text_.size());
    return out;
  }

 private:
  std::string_view text_;
  std::map<std::size_t, std::string> at_;
  std::string_view replaced_;
  std::string instead_;
};

/// A list that takes names of a family, and what stands in it.
struct home {
  const json_member* list;
  family of;
  element_shape shape;
};

std::vector<home> homes_in(const sync_lists& found) {
  std::vector<home> homes;
  for (const json_member& each : found.lists) {
    const auto of = each.value.front() == '[' ? family_listed(each.name) : std::nullopt;
    if (of) homes.push_back({&each, *of, shape_of(each.name, each.value)});
  }
  return homes;
}

/// New lists, by their names, for what no list takes.
std::string new_lists(const std::map<family, std::vector<const sync_addition*>>& homeless) {
  std::string out;
  for (const auto& [of, all] : homeless) {
    const std::string name(list_name(of));
    std::string elements;
    for (const sync_addition* each : all) {
      if (!elements.empty()) elements += ",";
      elements += element(*each, shape_of(name, "[]"));
    }
    if (!out.empty()) out += ",";
    out += in_json(name) + ":[" + elements + "]";
  }
  return out;
}

void add_elements(json_cursor& at, family of, std::vector<sync_addition>& out) {
  at.elements([&] {
    sync_addition made{.of = of};
    if (at.type() == json_type::text) {
      made.ident = at.text().value_or("");
    } else if (at.type() == json_type::object) {
      at.members([&](std::string_view name) {
        const bool is_slug = name == "slug" || (name == "id" && made.ident.empty());
        const bool is_workspace = name == "workspace_id";
        if (!is_slug && !is_workspace) return at.skip();
        (is_slug ? made.ident : made.workspace_id) = at.text().value_or("");
      });
    } else {
      at.skip();
    }
    if (!made.ident.empty()) out.push_back(std::move(made));
  });
}

}  // namespace

std::optional<std::string> with_added(std::string_view body, std::span<const sync_addition> more) {
  const auto found = find_lists(body);
  const bool has_room = found && (found->data.front() == '{' || found->data == "null");
  if (!has_room) return std::nullopt;
  insertions made(body);
  const std::vector<home> homes = homes_in(*found);
  const auto listed = named_in(body);
  const std::set<sync_addition> stands(listed.begin(), listed.end());
  std::map<family, std::vector<const sync_addition*>> homeless;
  for (const sync_addition& each : more) {
    if (stands.contains(each)) continue;
    bool has_home = false;
    for (const home& to : homes) {
      if (to.of != each.of) continue;
      has_home = true;
      made.append(to.list->value, element(each, to.shape));
    }
    if (!has_home) homeless[each.of].push_back(&each);
  }
  if (const std::string lists = new_lists(homeless); !lists.empty()) {
    if (found->data.front() == '{') {
      made.append(found->data, lists);
    } else {
      made.replace(found->data, "{" + lists + "}");
    }
  }
  std::string out = made.applied();
  if (!find_lists(out)) return std::nullopt;  // never worse than what came
  return out;
}

std::vector<sync_addition> named_in(std::string_view body) {
  std::vector<sync_addition> out;
  const auto found = find_lists(body);
  if (!found) return out;
  for (const json_member& each : found->lists) {
    const auto listed = family_listed(each.name);
    if (!listed || each.value.front() != '[') continue;
    const auto document = records::json_document::index(each.value);
    if (!document) continue;
    json_cursor at = document->cursor();
    add_elements(at, *listed, out);
  }
  return out;
}

}  // namespace sidecache::proxy
