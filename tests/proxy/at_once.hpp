// What is answered without a coroutine, asked for in a session's order: by the header block, then by the whole head.
#pragma once

#include <optional>

#include "proxy/exchange.hpp"

namespace sidecache::tests {

inline std::optional<proxy::answer> answer_at_once(proxy::handler& by, const http::request_head& request) {
  if (const auto known = by.recognise(request)) {
    proxy::answer made;
    if (by.answer_known(request.target, *known, request.fields.find("if-none-match").value_or(""), made)) return made;
  }
  return by.answer_now(request);
}

}  // namespace sidecache::tests
