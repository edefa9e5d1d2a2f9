// Content codings (RFC 9110 §8.4) that sidecache undoes: gzip, where the one who asked did not ask for it.
//
// What is undone is another representation of the resource, so the answer's fields are made to fit: Content-Encoding
// and Content-Length go, Accept-Ranges and digests of the encoded bytes too, and a strong ETag becomes weak (§8.8.1: a
// strong one promises the same bytes; If-None-Match compares weakly, so revalidation works on). `no-transform`
// (RFC 9111 §5.2.2.6) is obeyed, and a part of a gzip stream (206) can't be undone: both stay as they came.
#pragma once

#include "http/message.hpp"

namespace sidecache::http {

/// True if Accept-Encoding names gzip (or x-gzip, or `*`) with a weight above 0. A request without the field asks for
/// nothing: §12.5.3 would let the server choose, but clients that do not name gzip do not undo it.
[[nodiscard]] bool accepts_gzip(const fields& request);

/// True if the body is one single layer of gzip that may be undone.
[[nodiscard]] bool is_undoable_gzip(const response_head& head);

/// Makes the head fit the plain body: its length is not known, so with a body the framing becomes chunked.
void undo_gzip(response_head& head);

}  // namespace sidecache::http
