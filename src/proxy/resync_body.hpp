// The body of a resync on its way up, read along as it passes: what it names is what the answer will drop.
//
// Until the whole of it has passed, the permit touches everything of the organisation, and so it stays if the body is
// too long or can't be read. Lives on the stack of the coroutine that relays; what it is given outlives it.
#pragma once

#include "proxy/core.hpp"

namespace sidecache::proxy {

class resync_body final : public body_source {
 public:
  resync_body(body_source& from, core& by, write_permit& permit, tenant whose)
      : from_(from), core_(by), permit_(permit), whose_(std::move(whose)) {}

  asio::awaitable<std::expected<std::string_view, boost::system::error_code>> next() override {
    auto piece = co_await from_.next();
    if (!piece) co_return piece;
    if (read_.size() + piece->size() > core_.config().record_bytes) {
      whole_ = false;
      read_.clear();
    }
    if (whole_ && piece->empty()) permit_.touches_only(core_.touched_by_resync(read_, whose_));
    if (whole_) read_.append(*piece);
    co_return piece;
  }
  [[nodiscard]] const http::fields* trailers() const override { return from_.trailers(); }

 private:
  body_source& from_;
  core& core_;
  write_permit& permit_;
  tenant whose_;
  std::string read_;
  bool whole_ = true;
};

}  // namespace sidecache::proxy
