// A client of the mock for tests: requests as text, answers as JSON, no sockets.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

#include "base/manual_clock.hpp"
#include "mock/instance.hpp"
#include "mock/seed.hpp"

namespace sidecache::mock {

struct mock_client {
  struct reply {
    unsigned status = 0;
    json::value body;
    http::fields fields;
    std::string bytes;
  };

  explicit mock_client(const options& with = {}) : served(with, clock) {}

  reply send(std::string_view method, std::string_view target, std::string_view body = {}) {
    http::fields fields;
    if (!key.empty()) fields.add("x-portkey-api-key", key);
    return send_with(method, target, body, fields);
  }

  reply send_with(std::string_view method, std::string_view target, std::string_view body, const http::fields& fields) {
    const request asked{http::method_from(method), method, target, &fields, body};
    const auto admitted = served.admit(asked);
    const auto made = served.answer(asked, admitted ? admitted->plan : fault_plan{});
    if (admitted) served.ended(*admitted, ended_as::whole, made.status);
    boost::system::error_code not_json;
    return {made.status, json::parse(made.body, not_json), made.fields, made.body};
  }

  reply get(std::string_view target) { return send("GET", target); }
  reply post(std::string_view target, std::string_view body) { return send("POST", target, body); }
  reply put(std::string_view target, std::string_view body) { return send("PUT", target, body); }
  reply del(std::string_view target) { return send("DELETE", target); }

  std::string key{acme_prod_key};
  manual_clock clock{wall_time{std::chrono::sys_days{std::chrono::year{2025} / 7 / 15}}};
  instance served;
};

inline std::string text(const json::value& of, std::string_view pointer) {
  boost::system::error_code missing;
  const auto* found = of.find_pointer(pointer, missing);
  if (found == nullptr) return "(absent)";
  return found->is_string() ? std::string(found->get_string()) : json::serialize(*found);
}

}  // namespace sidecache::mock
