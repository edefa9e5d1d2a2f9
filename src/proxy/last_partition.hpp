// The partition of whoever is being asked for.
//
// Its digest is an HMAC (core::partition_of), which costs more than all else that is decided about a lookup, and a
// lookup that can't be answered at once is described twice, the second time when its coroutine begins. (One whose
// header block is known has its partition from there.)
//
// What it remembers in between is one credential, compared in constant time, so that nobody can feel their way along
// another's; it is wiped when it was used, or another one takes its place. Belongs to one thread's handler.
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
    forget();
    partition_ = digest(who);
    authorization_ = secret(who.authorization);
    api_key_ = secret(who.api_key);
    known_ = true;
    return partition_;
  }

  void forget() {
    authorization_.clear();
    api_key_.clear();
    known_ = false;
  }

 private:
  secret authorization_;
  secret api_key_;
  digest128 partition_{};
  bool known_ = false;
};

}  // namespace sidecache::proxy
