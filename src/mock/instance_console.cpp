// The mock's endpoints about itself: `/__mock/...`.
#include <algorithm>
#include <boost/json.hpp>

#include "mock/api_error.hpp"
#include "mock/instance.hpp"

namespace sidecache::mock {
namespace {

constexpr std::string_view console_prefix = "/__mock/";
constexpr std::size_t longest_run_id = 200;

json::value parse(std::string_view body) {
  boost::system::error_code error;
  auto parsed = json::parse(body, error);
  return error ? json::value(nullptr) : parsed;
}

/// The id that the body of POST names; "" if it names none, nothing if it is no good.
std::optional<std::string> run_id_in(std::string_view body) {
  if (body.empty()) return std::string();
  const auto parsed = parse(body);
  if (!parsed.is_object()) return std::nullopt;
  const auto* id = parsed.get_object().if_contains("id");
  if (id == nullptr) return std::string();
  if (!id->is_string() || id->get_string().size() > longest_run_id) return std::nullopt;
  return std::string(id->get_string());
}

}  // namespace

response instance::console(const request& asked, wall_time now) {
  const auto what = path_of(asked.target).substr(console_prefix.size());
  if (what == "faults") return faults_console(asked, now);
  if (what == "edit" && asked.method == http::method::post) return edit(asked, now);
  if (what == "run") return run_console(asked, clock_.now());
  if (what == "requests" && asked.method == http::method::get)
    return control_plane_.dressed(200, json::serialize(requests_shown()), now);
  if (what == "requests" && asked.method == http::method::del) {
    journal_.clear();
    return control_plane_.dressed(200, "{}", now);
  }
  return control_plane_.dressed(404, no_such_route().to_json(), now);
}

json::object instance::requests_shown() const {
  if (options_.journal) return journal_.to_json();
  return {{"journal", "off"},
          {"total", run_->requests()},
          {"in_flight", run_->in_flight()},
          {"by_status", run_->by_status()}};
}

response instance::run_console(const request& asked, instant now) {
  if (asked.method == http::method::post) {
    auto id = run_id_in(asked.body);
    if (!id)
      return control_plane_.dressed(400, bad_request("expected {\"id\": a text of at most 200 bytes}").to_json(),
                                    now.wall);
    begin_run(*std::move(id), now);
    return control_plane_.dressed(
        200, json::serialize(json::object{{"id", run_->id()}, {"finished", past_runs_.back()->to_json(now)}}),
        now.wall);
  }
  const auto where = parse_target(asked.target);
  if (asked.method != http::method::get || !where)
    return control_plane_.dressed(404, no_such_route().to_json(), now.wall);
  const auto wanted = where->query_value("id");
  if (!wanted || *wanted == run_->id())
    return control_plane_.dressed(200, json::serialize(run_->to_json(now)), now.wall);
  const auto past =
      std::find_if(past_runs_.rbegin(), past_runs_.rend(), [&](const auto& each) { return each->id() == *wanted; });
  if (past == past_runs_.rend()) return control_plane_.dressed(404, no_such_route().to_json(), now.wall);
  return control_plane_.dressed(200, json::serialize((*past)->to_json(now)), now.wall);
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
  ++edits_;
  const auto done = control_plane_.edit(body.get_object(), now);
  if (!done) return control_plane_.dressed(done.error().status, done.error().to_json(), now);
  return control_plane_.dressed(200, json::serialize(*done), now);
}

}  // namespace sidecache::mock
