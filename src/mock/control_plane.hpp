// The mock control plane's APIs as a function: a request and the time in, an answer out.
//
// No sockets, no clock, no faults. Authenticates, routes as Express does (any case, empty segments ignored, with and
// without /v1), works on the store and dresses the answer as the live control plane does. The admin API is worked on
// here, the data-plane API behind data_plane.hpp: two fronts of one store. Not thread-safe.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>

#include "mock/call.hpp"
#include "mock/formula_records.hpp"
#include "mock/options.hpp"

namespace sidecache::mock {

class control_plane {
 public:
  /// Seeds the store. `started` is what seeded deadlines are counted from.
  control_plane(const options& with, wall_time started);

  [[nodiscard]] response handle(const request& asked, wall_time now);

  /// What no API call did (record_edit.hpp).
  [[nodiscard]] result edit(const json::object& asked, wall_time now);
  /// The fields that all answers have, with the same values.
  [[nodiscard]] http::fields undated_fields() const;
  /// What this request's credentials may see of the records by formula, by gateways' API or the admin's. Null: nothing.
  [[nodiscard]] std::shared_ptr<const formula_view> formula_for(const http::fields& fields, bool by_gateway,
                                                                wall_time now);

  /// The name of the key that a request carries ("acme-prod"), of the gateway if it carries no key
  /// ("acme-client-auth"), "unknown" or "none": to tell callers apart in counts.
  [[nodiscard]] std::string caller_of(const http::fields& fields) const;
  /// An answer with a body of the mock's own, dressed like the others.
  [[nodiscard]] response dressed(unsigned status, std::string body, wall_time now);

 private:
  [[nodiscard]] std::optional<std::string_view> credential(const http::fields& fields) const;
  /// Of the admin API.
  [[nodiscard]] const api_key* caller_by(const http::fields& fields) const;
  /// Nothing if the request is not for such a record, or its credentials are not good for it.
  [[nodiscard]] std::optional<std::string> formula_body(const request& asked, wall_time now);
  [[nodiscard]] std::optional<api_error> formula_refusal(const call& c) const;
  [[nodiscard]] result perform(const request& asked, wall_time now);
  [[nodiscard]] result route(call& c);

  options options_;
  formula_slugs formula_;
  std::unordered_map<std::string, std::shared_ptr<const formula_view>> views_;  ///< by the id of the API key
  store store_;
  id_source ids_;
};

}  // namespace sidecache::mock
