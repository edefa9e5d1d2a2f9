#include "proxy/write_permit.hpp"

#include <utility>

#include "proxy/core.hpp"

namespace sidecache::proxy {

write_permit::write_permit(core& owner, cache::dependencies::tags touched)
    : owner_(&owner), touched_(std::move(touched)) {
  if (touched_.empty()) return;
  owner_->replica_->open.begin(touched_);
  owner_->replica_->begin_write(touched_, owner_->clock_.now().mono);
}

write_permit::write_permit(write_permit&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), touched_(std::move(other.touched_)) {}

write_permit::~write_permit() { settle(effect::suspect); }

void write_permit::answered(unsigned status) {
  if (status >= 500) {
    settle(effect::suspect);
  } else {
    settle(status >= 400 ? effect::none : effect::drop);
  }
}

void write_permit::touches_only(cache::dependencies::tags those) {
  if (owner_ == nullptr) return;
  owner_->replica_->open.begin(those);
  owner_->replica_->open.end(touched_);
  touched_ = std::move(those);
}

void write_permit::not_sent() { settle(effect::none); }

void write_permit::unanswered() { settle(effect::suspect); }

void write_permit::settle(effect what) {
  core* const owner = std::exchange(owner_, nullptr);
  if (owner == nullptr || touched_.empty()) return;
  if (what != effect::none) owner->after_write(touched_, what == effect::drop);
  owner->replica_->open.end(touched_);
}

}  // namespace sidecache::proxy
