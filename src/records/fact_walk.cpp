#include "records/fact_walk.hpp"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/text.hpp"
#include "records/date_time.hpp"
#include "records/names.hpp"
#include "records/record_fields.hpp"
#include "records/uuid.hpp"

namespace sidecache::records {

void fact_walk::record(bool outermost) {
  const schema known = schema_of_kind(what_);
  in_.members([&](std::string_view name) {
    const auto number = known.find(name);
    if (number == schema::none) return unknown_member(name, outermost);
    value(known[number].what);
  });
}

void fact_walk::unknown_member(std::string_view name, bool outermost) {
  ++facts_.unknown_fields;
  if (name == "expires_at")
    return value(shape::expires_at);  // integrations have none, yet: it could only mean one thing
  // Live records say whose they are, whether or not their schema knows.
  if (name == "organisation_id") return value(shape::organisation_id);
  if (what_ == kind::api_key && name == "api_key_details") return members(schema_of_kind(what_));
  if (what_ == kind::api_key && name == "organisation") return nested_id(facts_.organisation_id);
  if (what_ == kind::api_key && name == "workspace") return nested_id(facts_.workspace_id);
  if (outermost) return outermost_member(name);
  in_.skip();
}

void fact_walk::outermost_member(std::string_view name) {
  if (name == "success") {
    success_ = in_.boolean().value_or(false);
    return;
  }
  if (name == "object") {
    says_list_ = in_.text() == std::string_view("list");
    return;
  }
  if (name == "data") {
    const json_type type = in_.type();
    data_ = type == json_type::object ? std::optional(in_.position()) : std::nullopt;
    has_list_ = type == json_type::array || type == json_type::object;
  }
  in_.skip();
}

/// {"id": ...}: of whom it is.
void fact_walk::nested_id(std::string& into) {
  in_.members([&](std::string_view name) {
    if (name != "id") return in_.skip();
    into = slug_or_uuid();
  });
}

void fact_walk::members(schema known) {
  in_.members([&](std::string_view name) {
    const auto number = known.find(name);
    if (number != schema::none) return value(known[number].what);
    ++facts_.unknown_fields;
    in_.skip();
  });
}

/// A null replaces what an earlier member of the same name said, and says nothing itself.
void fact_walk::value(shape what) {
  if (what >= shape::slug) return wanted_value(what);
  if (what == shape::usage_limits || what == shape::access_settings) forget_soft_deadline();
  if (in_.type() == json_type::null) return in_.skip();
  present_value(what);
}

void fact_walk::present_value(shape what) {
  switch (what) {
    case shape::text:
    case shape::timestamp:
      return expect(json_type::text);
    case shape::boolean:
      return expect(json_type::boolean);
    case shape::free_object:
      return expect(json_type::object);
    case shape::integer:
    case shape::count:
    case shape::amount:
    case shape::multiplier:
      return number(what);
    case shape::text_map:
      return map_of(shape::text);
    case shape::multiplier_map:
      return map_of(shape::multiplier);
    case shape::limit_type:
      return void(choice_of<limit_type>());
    case shape::reset_period:
      return void(choice_of<reset_period>());
    case shape::rate_type:
      return void(choice_of<rate_type>());
    case shape::rate_unit:
      return void(choice_of<rate_unit>());
    case shape::secret_format:
      return void(choice_of<secret_format>());
    case shape::azure_auth_mode:
      return void(choice_of<azure_auth_mode>());
    case shape::aws_auth_type:
      return void(choice_of<aws_auth_type>());
    case shape::vertex_auth_type:
      return void(choice_of<vertex_auth_type>());
    case shape::access_settings:
      return object(schema_of<access_settings>);
    case shape::pricing_adjustments:
      return object(schema_of<pricing_adjustments>);
    case shape::multipliers:
      return object(schema_of<multipliers>);
    case shape::image_multiplier:
      return object(schema_of<image_multiplier>);
    case shape::configurations:
      return configurations();
    case shape::usage_limits:
      return list<usage_limits>(true);
    case shape::rate_limits:
      return list<rate_limit>(true);
    case shape::secret_mappings:
      return list<secret_mapping>(false);
    case shape::azure_deployments:
      return list<azure_deployment>(false);
    default:
      return in_.skip();
  }
}

void fact_walk::wanted_value(shape what) {
  const bool null = in_.type() == json_type::null;
  switch (what) {
    case shape::slug: {
      const auto text = in_.text();
      has_slug_ = text.has_value();
      facts_.slug = text.value_or(std::string_view{});
      if (!text && !null) unknown_value();
      return;
    }
    case shape::object_name: {
      const auto text = in_.text();
      is_of_kind_ = null || text == object_name(what_);
      return;
    }
    case shape::id:
      facts_.id = slug_or_uuid();
      if (!is_uuid(facts_.id)) facts_.id.clear();  // nothing else is ever asked for in its place
      return;
    case shape::integration_id:
      facts_.integration_id = slug_or_uuid();
      return;
    case shape::workspace_id:
      facts_.workspace_id = slug_or_uuid();
      return;
    case shape::organisation_id:
      facts_.organisation_id = slug_or_uuid();
      return;
    case shape::status:
      facts_.status = record_status::unknown;
      if (null) return in_.skip();
      facts_.status = choice_of<record_status>();
      return;
    case shape::expires_at:
      unreadable_expiry_ = false;
      facts_.expires_at = deadline(unreadable_expiry_);
      return;
    case shape::next_usage_reset_at:
      if (const auto at = deadline(unreadable_reset_)) {
        facts_.next_usage_reset_at = std::min(facts_.next_usage_reset_at.value_or(*at), *at);
      }
      return;
    default:
      return in_.skip();
  }
}

void fact_walk::expect(json_type type) {
  if (in_.type() != type) unknown_value();
  in_.skip();
}

void fact_walk::number(shape what) {
  const auto value = in_.number();
  const bool whole = what == shape::integer || what == shape::count;
  if (!value || (whole && !is_whole(*value)) || (what == shape::count && *value < 1) ||
      (what == shape::multiplier && *value < 0)) {
    unknown_value();
  }
}

void fact_walk::object(schema known) {
  if (in_.type() != json_type::object) return expect(json_type::object);
  members(known);
}

/// Any field may come masked instead, and is text then.
void fact_walk::configurations() {
  if (in_.type() != json_type::object) return expect(json_type::object);
  constexpr schema known = all_configurations.view();
  in_.members([&](std::string_view name) {
    if (const auto number = known.find(name); number != schema::none) return value(known[number].what);
    if (!name.starts_with(masked_prefix) || known.find(name.substr(masked_prefix.size())) == schema::none) {
      ++facts_.unknown_fields;
    }
    in_.skip();
  });
}

/// A lone object stands for a list of one. Usage limits come as such by their schema; elsewhere it is drift.
template <class Element>
void fact_walk::list(bool one_at_most) {
  if (in_.type() == json_type::object) {
    if constexpr (!std::is_same_v<Element, usage_limits>) unknown_value();
    return members(schema_of<Element>);
  }
  if (in_.type() != json_type::array) return expect(json_type::array);
  std::size_t n = 0;
  in_.elements([&] {
    if (++n > 1 && one_at_most) unknown_value();
    object(schema_of<Element>);
  });
}

void fact_walk::map_of(shape what) {
  if (in_.type() != json_type::object) return expect(json_type::object);
  in_.members([&](std::string_view /*name*/) { value(what); });
}

template <class Enum>
Enum fact_walk::choice_of() {
  const auto text = in_.text();
  const Enum value = text ? value_of<Enum>(*text) : Enum::unknown;
  if (value == Enum::unknown) unknown_value();
  return value;
}

/// A UUID is lowered, so that it compares without case.
std::string fact_walk::slug_or_uuid() {
  const bool null = in_.type() == json_type::null;
  const auto text = in_.text();
  if (!text) {
    if (!null) unknown_value();
    return {};
  }
  return is_uuid(*text) ? lower(*text) : std::string(*text);
}

std::optional<wall_time> fact_walk::deadline(bool& unreadable) {
  if (in_.type() == json_type::null) {
    in_.skip();
    return std::nullopt;
  }
  const auto text = in_.text();
  const auto at = text ? parse_date_time(*text) : std::nullopt;
  if (!at) {
    unreadable = true;
    unknown_value();
  }
  return at;
}

void fact_walk::forget_soft_deadline() {
  facts_.next_usage_reset_at.reset();
  unreadable_reset_ = false;
}

record_facts fact_walk::result() {
  facts_.unreadable_deadline = unreadable_expiry_ || unreadable_reset_;
  return std::move(facts_);
}

}  // namespace sidecache::records
