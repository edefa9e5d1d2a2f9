#include "mock/api_error.hpp"

#include <algorithm>
#include <boost/json.hpp>

#include "http/message.hpp"

namespace sidecache::mock {

namespace json = boost::json;

std::string api_error::to_json() const {
  switch (shape) {
    case error_shape::envelope:
      return json::serialize(json::value{{"success", false}, {"data", {{"message", message}}}});
    case error_shape::bare:
      return json::serialize(json::value{{"errorCode", code}, {"message", message}});
    case error_shape::detailed:
      break;
  }
  std::string slug(type);
  std::ranges::replace(slug, '_', '-');
  return json::serialize(json::value{{"status_code", status},
                                     {"error", {{"message", message}, {"slug", slug}, {"code", code}, {"type", type}}},
                                     {"success", false}});
}

api_error bad_request(std::string message, error_shape shape) {
  return {400, "AB01", "invalid_request_error", std::move(message), shape};
}

api_error unauthorised() {
  return {401, "AB05", "authentication_error", "Unauthorised Request", error_shape::envelope};
}

api_error forbidden(std::string message, error_shape shape) {
  return {403, "AB03", "permission_error", std::move(message), shape};
}

api_error not_found(family kind) {
  return {404, "AB02", "not_found_error", std::string(names_of(kind).noun) + " not found", shape_of(kind)};
}

api_error no_such_route() { return {404, "AB08", "not_found_error", "Route not found", error_shape::envelope}; }

api_error conflict(family kind, std::string_view slug) {
  std::string message(names_of(kind).noun);
  message.append(" with slug ").append(slug).append(" already exists");
  return {409, "AB07", "conflict_error", std::move(message), shape_of(kind)};
}

api_error rate_limited() {
  return {429, "AB06", "rate_limit_error", "Too many requests, please try again later", error_shape::bare};
}

api_error internal(unsigned status) {
  return {status, "AB04", "server_error", std::string(http::reason_phrase(status)), error_shape::detailed};
}

}  // namespace sidecache::mock
