// The partition of whoever asked last.
//
// Its digest is an HMAC (core::partition_of), which costs more than all else that is decided about a lookup, and a
// lookup that can't be answered at once is described twice. Clients come in runs: a gateway asks with one key.
//
// What it remembers is one credential, compared in constant time, so that nobody can feel their way along another's; it
// is wiped when the next one takes its place. Belongs to one thread's handler.
#pragma once

#include "base/digest.hpp"
#include "base/secret.hpp"
#include "http/header_rules.hpp"

namespace sidecache::proxy {

class last_partition {
 public:
  /// `digest(who)` where `who` is another one than the last.
  template <class Digest>
  const digest128& of(const http::credential_view& who, Digest digest) {
    if (known_ && equal_in_constant_time(who.authorization, authorization_.view()) &&
        equal_in_constant_time(who.api_key, api_key_.view()))
      return partition_;
    known_ = false;
    partition_ = digest(who);
    authorization_ = secret(who.authorization);
    api_key_ = secret(who.api_key);
    known_ = true;
    return partition_;
  }

 private:
  secret authorization_;
  secret api_key_;
  digest128 partition_{};
  bool known_ = false;
};

}  // namespace sidecache::proxy
