#include "config/yaml_document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <sstream>

namespace sidecache::config {
namespace {

constexpr std::size_t most_nodes = 20'000;
constexpr int deepest = 16;

place place_of(const std::string& name, const YAML::Mark& mark) {
  if (mark.is_null()) return {source_kind::file, name};
  return {source_kind::file, name, static_cast<unsigned>(mark.line + 1), static_cast<unsigned>(mark.column + 1)};
}

/// Takes no part in what a document says, but for where its root stands.
class root_place final : public YAML::EventHandler {
 public:
  [[nodiscard]] YAML::Mark mark() const { return mark_; }

  void OnDocumentStart(const YAML::Mark& at) override { mark_ = at; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& at, YAML::anchor_t /*anchor*/) override { note(at); }
  void OnAlias(const YAML::Mark& at, YAML::anchor_t /*anchor*/) override { note(at); }
  void OnScalar(const YAML::Mark& at, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    note(at);
  }
  void OnSequenceStart(const YAML::Mark& at, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    note(at);
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& at, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    note(at);
  }
  void OnMapEnd() override {}

 private:
  void note(const YAML::Mark& at) {
    if (!seen_) mark_ = at;
    seen_ = true;
  }
  YAML::Mark mark_;
  bool seen_ = false;
};

/// Where a second document stands, if there is one. Not by YAML::LoadAll(), which asks for documents until there are no
/// more: of some texts (",1 [2]") yaml-cpp hands out empty ones without end, and memory runs out.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  root_place first;
  root_place second;
  if (!parser.HandleNextDocument(first) || !parser.HandleNextDocument(second)) return std::nullopt;
  return second.mark();
}

class converter {
 public:
  explicit converter(yaml_document& out, const std::string& name) : out_(out), name_(name) {}

  node convert(const YAML::Node& yaml, const std::string& key, int depth) {
    node made = make_node(shape::nothing, place_of(name_, yaml.Mark()));
    if (++nodes_ > most_nodes || depth > deepest) {
      if (!gave_up_) complain(made.where, key, "too many values, or nested too deeply, for a config file");
      gave_up_ = true;
      return made;
    }
    switch (yaml.Type()) {
      case YAML::NodeType::Scalar:
        made.shape = shape::text;
        made.text = yaml.Scalar();
        break;
      case YAML::NodeType::Sequence:
        made.shape = shape::list;
        for (std::size_t i = 0; i < yaml.size() && !gave_up_; ++i)
          made.items.push_back(convert(yaml[i], key + "[" + std::to_string(i) + "]", depth + 1));
        break;
      case YAML::NodeType::Map:
        convert_map(yaml, key, depth, made);
        break;
      case YAML::NodeType::Null:
      case YAML::NodeType::Undefined:
        break;
    }
    return made;
  }

 private:
  void convert_map(const YAML::Node& yaml, const std::string& key, int depth, node& made) {
    made.shape = shape::map;
    for (const auto& pair : yaml) {
      if (gave_up_) return;
      const place where = place_of(name_, pair.first.Mark());
      if (!pair.first.IsScalar()) {
        complain(where, key, "a key that is no plain text");
        continue;
      }
      const std::string& name = pair.first.Scalar();
      const std::string full = key_below(key, name);
      const auto before = std::ranges::find(made.members, name, &member::name);
      if (before != made.members.end())
        complain(where, full, "a key that stands in line " + std::to_string(before->where.line) + " already");
      else
        add(made, {name, where, convert(pair.second, full, depth + 1)});
    }
  }

  /// Of a value that is not there yaml-cpp gives the place of whatever comes next.
  static void add(node& map, member made) {
    if (made.value.shape == shape::nothing) made.value.where = made.where;
    map.members.push_back(std::move(made));
  }

  void complain(const place& where, const std::string& key, std::string what) {
    out_.errors.push_back({.where = where, .key = key, .found = std::move(what), .expected = {}, .closest = {}});
  }

  yaml_document& out_;
  const std::string& name_;
  std::size_t nodes_ = 0;
  bool gave_up_ = false;
};

}  // namespace

yaml_document parse_yaml(const std::string& name, const std::string& text) {
  yaml_document out;
  try {
    const auto document = YAML::Load(text);
    if (const auto second = second_document(text)) {
      out.errors.push_back({.where = place_of(name, *second),
                            .key = {},
                            .found = "a second document (---)",
                            .expected = "one document",
                            .closest = {}});
      return out;
    }
    out.root = converter(out, name).convert(document, "", 0);
  } catch (const YAML::Exception& error) {
    // After a colon yaml-cpp repeats some of what it read, which may be secret.
    const std::string reason = error.msg.substr(0, error.msg.find(':'));
    out.errors.push_back({.where = place_of(name, error.mark),
                          .key = {},
                          .found = "not YAML: " + reason,
                          .expected = {},
                          .closest = {}});
  }
  return out;
}

}  // namespace sidecache::config
