#include "config/flags.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "config/edit_distance.hpp"
#include "config/settings_table.hpp"
#include "config/value_reader.hpp"

namespace sidecache::config {
namespace {

std::string names_of(const setting& what) {
  const std::string name = flag_name(what.key);
  return what.key == "upstream.url" ? name + ",--upstream" : name;
}

std::string help_of(const setting& what) {
  std::string help(what.help);
  if (!what.default_text.empty()) help += " Default: " + std::string(what.default_text);
  if (!what.data_default_text.empty()) help += ", of a data plane " + std::string(what.data_default_text);
  return help;
}

std::string value_name(const setting& what) {
  switch (what.type) {
    case value_type::duration:
      return "DURATION";
    case value_type::size:
      return "SIZE";
    case value_type::count:
      return "N";
    case value_type::choice:
      return "WORD";
    case value_type::address:
    case value_type::addresses:
      return "ADDRESS";
    case value_type::prefixes:
    case value_type::hosts:
    case value_type::urls:
      return "LIST";
    case value_type::url:
    case value_type::proxy:
      return "URL";
    case value_type::path:
      return "PATH";
    case value_type::file:
    case value_type::secret_file:
    case value_type::kept_file:
      return "FILE";
    case value_type::mode:
      return "MODE";
    case value_type::owner:
      return "USER:GROUP";
    case value_type::routes:
      return "ROUTES";
    case value_type::planes:
      return "PLANES";
    case value_type::prefix:
      return "PREFIX";
    case value_type::name:
      return "NAME";
  }
  return {};
}

}  // namespace

void flags::add_to(CLI::App& command) {
  command.allow_extras();
  CLI::callback_t take_file = [this](const CLI::results_t& texts) {
    config_file_ = texts.back();
    return true;
  };
  command.add_option("--config", std::move(take_file), "The config file (YAML)")->expected(1)->type_name("FILE");
  for (const auto& what : settings_table()) {
    CLI::callback_t take = [this, key = std::string(what.key)](const CLI::results_t& texts) {
      for (const auto& text : texts) values_.push_back({key, text});
      return true;
    };
    command.add_option(names_of(what), std::move(take), help_of(what))
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
        ->type_name(value_name(what))
        ->group("Settings: " + std::string(what.key.substr(0, what.key.find('.'))));
  }
}

std::vector<config_error> flags::unknown_flags(const CLI::App& command) {
  std::vector<std::string> known{"--config", "--upstream"};
  for (const auto& what : settings_table()) known.push_back(flag_name(what.key));
  std::vector<config_error> errors;
  for (const auto& argument : command.remaining()) {
    const bool is_flag = argument.starts_with('-');
    if (!is_flag && !errors.empty()) continue;  // perhaps the value of the unknown flag before it
    const std::string name = is_flag ? argument.substr(0, argument.find('=')) : argument;
    errors.push_back({.where = {source_kind::flag, is_flag ? name : in_quotes(name)},
                      .key = {},
                      .found = is_flag ? "unknown flag" : "an argument that no flag takes",
                      .expected = {},
                      .closest = is_flag ? closest_name(name, known, '-') : ""});
  }
  return errors;
}

source_reading read_flags(const std::vector<flag_value>& values) {
  source_reading out;
  for (const auto& [key, text] : values) {
    const std::size_t index = index_of(key);
    const setting& what = settings_table()[index];
    const place where{source_kind::flag, flag_name(key)};
    node value = node_from_text(what, text, where);
    const auto before = std::ranges::find(out.values, index, &given::setting);
    if (before == out.values.end()) {
      out.values.push_back({index, std::move(value)});
    } else if (value.shape == shape::list) {
      std::ranges::move(value.items, std::back_inserter(before->value.items));
    } else {
      out.errors.push_back(
          {.where = where, .key = key, .found = "the flag twice", .expected = "it once", .closest = {}});
    }
  }
  return out;
}

}  // namespace sidecache::config
