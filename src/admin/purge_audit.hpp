// What the audit says of a purge that was done. Pure.
//
// An audit that does not say what was purged is of little use, and one that repeats whatever was sent is a leak:
// somebody may have put a key where a slug belongs, and no character set tells the two apart (`sk-abc` is a slug). What
// tells them apart is whether it was found. All that an order names must hold of an entry for it to be dropped, so
// where any was, each value is the name of something held, which access lines and /api/entries show too: it is named.
// Where none was, a value may be anything, and its keyed fingerprint stands for it: the one that it would have as an
// x-portkey-api-key, so that a key which went astray can be recognised. Of a credential that is all there is in either
// case.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "admin/purge_request.hpp"
#include "http/header_rules.hpp"
#include "metrics/audit_log.hpp"

namespace sidecache::admin {

/// What a credential is shown as in access lines and /api/entries.
using credential_fingerprint = std::function<std::string(const http::credential_view& who)>;

/// `from`: who asked for it. `order.plane` is a plane's name.
[[nodiscard]] metrics::audit_line audit_of(const purge_request& order, std::size_t dropped, std::string_view from,
                                           const credential_fingerprint& shown);

}  // namespace sidecache::admin
