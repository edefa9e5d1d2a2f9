// Requests whose header block is known, for tests of what is done by the block alone.
#pragma once

#include <string>

#include "proxy/world.hpp"

namespace sidecache::tests {

inline http::request_head head_of(const header_list& fields = key_a, const std::string& of = "/v1/completions/c-1") {
  http::request_head made;
  made.method = http::method::get;
  made.method_name = "GET";
  made.target = of;
  for (const auto& [name, value] : fields) made.fields.add(name, value);
  return made;
}

inline header_list asking_with(const header_list& more) {
  header_list fields = {{"Host", "here"}, {"x-portkey-api-key", "key-a"}};
  fields.insert(fields.end(), more.begin(), more.end());
  return fields;
}

inline std::string block_of(const http::request_head& request) {
  std::string block;
  request.fields.serialize(block);
  return block + "\r\n";
}

/// But for the ids that were made for it.
inline std::string lines_of(const http::fields& fields, const http::made_ids& made) {
  std::string all;
  for (const auto& [name, value] : fields) {
    const bool is_made =
        (!made.trace_id().empty() && equal_ignoring_case(name, "traceparent") &&
         http::trace_id_of(value) == made.trace_id()) ||
        (!made.request_id().empty() && equal_ignoring_case(name, "x-request-id") && value == made.request_id());
    all.append(name).append(": ").append(is_made ? "(made)" : value).append("\n");
  }
  return all;
}

}  // namespace sidecache::tests
