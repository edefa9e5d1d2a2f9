#include "mock/instance.hpp"

#include <boost/json.hpp>

#include "mock/api_error.hpp"

namespace sidecache::mock {
namespace {

constexpr std::string_view console_prefix = "/__mock/";

bool for_console(const request& asked) { return asked.target.starts_with(console_prefix); }

json::value parse(std::string_view body) {
  boost::system::error_code error;
  auto parsed = json::parse(body, error);
  return error ? json::value(nullptr) : parsed;
}

constexpr std::string_view page =
    "<!DOCTYPE html><html><head><title>Just a moment...</title></head>"
    "<body><h1>Checking your browser</h1></body></html>\n";

}  // namespace

instance::instance(const options& with, const clock& time)
    : clock_(time), control_plane_(with, time.now().wall), faults_(with) {}

std::optional<instance::admission> instance::admit(const request& asked) {
  if (for_console(asked)) return std::nullopt;
  const std::lock_guard lock(mutex_);
  const auto number = journal_.arrived(asked.method_name, asked.target, control_plane_.caller_of(*asked.fields));
  return admission{number, faults_.plan_for(asked.method_name, asked.target)};
}

response instance::answer(const request& asked, const fault_plan& plan) {
  const std::lock_guard lock(mutex_);
  return answer_locked(asked, plan);
}

void instance::answered(std::uint64_t number, unsigned status) {
  const std::lock_guard lock(mutex_);
  journal_.answered(number, status);
}

std::optional<response> instance::answer_now(const request& asked) {
  const std::lock_guard lock(mutex_);
  if (for_console(asked)) return answer_locked(asked, {});
  if (!faults_.empty()) return std::nullopt;
  const auto number = journal_.arrived(asked.method_name, asked.target, control_plane_.caller_of(*asked.fields));
  auto made = answer_locked(asked, {});
  journal_.answered(number, made.status);
  return made;
}

response instance::answer_locked(const request& asked, const fault_plan& plan) {
  const auto now = clock_.now().wall;
  if (for_console(asked)) return console(asked, now);
  switch (plan.what) {
    case fault_plan::content::error:
      return control_plane_.dressed(plan.status, internal(plan.status).to_json(), now);
    case fault_plan::content::rate_limit: {
      auto made = control_plane_.dressed(429, rate_limited().to_json(), now);
      if (plan.retry_after) made.fields.add("Retry-After", std::to_string(*plan.retry_after));
      return made;
    }
    case fault_plan::content::html: {
      auto made = control_plane_.dressed(plan.status, std::string(page), now);
      made.content_type = "text/html; charset=utf-8";
      return made;
    }
    case fault_plan::content::huge:
      return control_plane_.dressed(200, "", now);
    case fault_plan::content::record:
      break;
  }
  return control_plane_.handle(asked, now);
}

response instance::console(const request& asked, wall_time now) {
  const auto what = path_of(asked.target).substr(console_prefix.size());
  if (what == "faults") return faults_console(asked, now);
  if (what == "edit" && asked.method == http::method::post) return edit(asked, now);
  if (what == "requests" && asked.method == http::method::get)
    return control_plane_.dressed(200, json::serialize(journal_.to_json()), now);
  if (what == "requests" && asked.method == http::method::del) {
    journal_.clear();
    return control_plane_.dressed(200, "{}", now);
  }
  return control_plane_.dressed(404, no_such_route().to_json(), now);
}

response instance::faults_console(const request& asked, wall_time now) {
  if (asked.method == http::method::post) {
    json::value parsed = parse(asked.body);
    json::array list;
    if (parsed.is_array()) {
      list = std::move(parsed.get_array());
    } else {
      list.push_back(std::move(parsed));
    }
    std::vector<fault> accepted;
    for (const auto& one : list) {
      const auto made = one.is_object()
                            ? parse_fault(one.get_object())
                            : std::expected<fault, std::string>(std::unexpected("a fault is a JSON object"));
      if (!made) return control_plane_.dressed(400, bad_request(made.error()).to_json(), now);
      accepted.push_back(*made);
    }
    for (auto& one : accepted) faults_.add(std::move(one));
  } else if (asked.method == http::method::del) {
    faults_.clear();
  } else if (asked.method != http::method::get) {
    return control_plane_.dressed(404, no_such_route().to_json(), now);
  }
  json::array shown;
  for (const auto& one : faults_.all()) shown.emplace_back(to_json(one));
  return control_plane_.dressed(200, json::serialize(json::object{{"faults", std::move(shown)}}), now);
}

response instance::edit(const request& asked, wall_time now) {
  const auto body = parse(asked.body);
  if (!body.is_object()) return control_plane_.dressed(400, bad_request("an edit is a JSON object").to_json(), now);
  const auto done = control_plane_.edit(body.get_object(), now);
  if (!done) return control_plane_.dressed(done.error().status, done.error().to_json(), now);
  return control_plane_.dressed(200, json::serialize(*done), now);
}

}  // namespace sidecache::mock
