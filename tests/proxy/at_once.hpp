// What is answered without a coroutine, asked for in a session's order: by the header block, then by the whole head.
#pragma once

#include <memory>
#include <optional>

#include "proxy/exchange.hpp"

namespace sidecache::tests {

/// What is known of the header block is kept in `known`, for exchange::known(), if the client has sent it before.
inline std::optional<proxy::answer> answer_at_once(proxy::handler& by, const http::request_head& request,
                                                   bool sent_before, std::shared_ptr<const proxy::known_block>& known) {
  auto block = by.recognise(request);
  proxy::answer made;
  if (block && by.answer_known(request.target, *block, request.fields.find("if-none-match").value_or(""), {}, made))
    return made;
  if (sent_before) known = std::move(block);
  return by.answer_now(request, known.get());
}

}  // namespace sidecache::tests
