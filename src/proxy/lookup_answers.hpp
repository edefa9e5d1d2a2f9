// What a client is given for a lookup: a stored answer, whole or as a 304, or an error of our own. Pure.
#pragma once

#include <optional>

#include "proxy/client_terms.hpp"
#include "proxy/core.hpp"
#include "proxy/exchange.hpp"

namespace sidecache::proxy {

/// A request, as answers are made for it. What it refers to outlives it.
struct asker {
  const http::request_head& request;
  const plan& made;
  client_terms terms;
};

/// True if memory alone may answer: a fresh entry, or one in its stale-while-revalidate time.
[[nodiscard]] bool is_servable(const seen& found);

/// The entry's answer, or a 304 where the client's condition says that it has it already (RFC 9111 §4.3.2).
[[nodiscard]] answer answer_from(const entry_ptr& entry, outcome why, const asker& who, instant now);

/// What a fetch has brought, with the `Age` that it came with. `landed` holds an answer.
[[nodiscard]] answer answer_from_landing(const landing& landed, outcome why, const asker& who, instant now);

/// A 304 that stands for the entry.
void set_not_modified(const cache::entry& e, answer& out);

/// The same with `Age` and `Cache-Status: …; hit`. `found` holds an entry. `detail`: "" for one that is fresh.
[[nodiscard]] answer answer_from_memory(const seen& found, const asker& who, instant now, std::string_view detail);

/// What memory alone can answer, the client's own terms counted in.
[[nodiscard]] std::optional<answer> acceptable_answer(const seen& found, const asker& who, instant now);

/// A stale entry in place of an error, if that is allowed. `outage`: the control plane can't be reached.
[[nodiscard]] std::optional<answer> stale_answer(const seen& found, const asker& who, instant now, bool outage);

/// 502, 503 or 504, by what went wrong.
[[nodiscard]] answer upstream_failed(const failure& why, http::method method, const plan& made);

/// 504: only-if-cached, and it is not (RFC 9111 §5.2.1.7).
[[nodiscard]] answer not_cached(const asker& who);

/// What came of sync, with all its fields but those of the connection.
[[nodiscard]] answer answer_to_sync(upstream_answer came, const plan& made);

/// 429: this credential's lookups wait until then.
[[nodiscard]] answer credential_paused(const asker& who, duration left);

}  // namespace sidecache::proxy
