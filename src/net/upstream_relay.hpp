// One relayed request on one connection: the upload and the answer, both at once, in bounded memory.
//
// Theory of operation: nothing is read from a side before the other side took what was read before. With a body the two
// directions are two coroutines in one parallel group: the answer's end (or failure) cancels the upload, the upload's
// failure on the client's side closes the connection and cancels the answer; the group is over when both are.
//   - answer complete, upload not: an early answer. The rest of the upload is not read, the connection not kept.
//   - upload can't be written: the answer may still come (413 and close), so reading goes on.
// Deadlines: while the upload makes progress no answer is demanded; from its end to the final head `request_timeout`,
// then `stall_timeout` between pieces. An upload is not taken slower than `pace` allows. The client's own slowness is
// not counted here: its session watches that. Everything that it refers to outlives run(); one worker's thread.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <expected>
#include <string_view>

#include "http/inflater.hpp"
#include "net/pace.hpp"
#include "net/upstream_connection.hpp"
#include "net/upstream_response.hpp"
#include "net/upstream_settings.hpp"
#include "proxy/origin.hpp"

namespace sidecache::net {

class upstream_relay {
 public:
  enum class result : std::uint8_t {
    complete,
    upstream_failed,
    client_left,  ///< its body broke off, or it takes no more of the answer
  };

  upstream_relay(upstream_connection& connection, const upstream_settings& settings,
                 const proxy::upstream_request& request, proxy::body_source& body, proxy::answer_sink& sink);

  asio::awaitable<result> run(std::string_view head);
  /// Of a request without a body whose head was sent already: its answer has until `deadline` to begin.
  asio::awaitable<result> go_on(mono_time deadline);

  /// With upstream_failed and client_left.
  [[nodiscard]] const proxy::failure& why() const { return why_; }
  /// Of the final head; 0 if none came.
  [[nodiscard]] unsigned status() const { return status_; }
  [[nodiscard]] bool answer_begun() const { return response_.begun(); }
  [[nodiscard]] bool connection_reusable() const { return uploaded_ && response_.reusable(); }

 private:
  /// Default: cancelled by the other direction.
  struct upload_end {
    bool client_left = false;
  };
  struct download_end {
    bool complete = false;
  };
  struct stop_when_over;

  asio::awaitable<upload_end> upload(std::string_view head);
  asio::awaitable<bool> upload_body();
  asio::awaitable<bool> write_piece(std::string_view piece);
  asio::awaitable<download_end> download();
  asio::awaitable<bool> pass_body(bool compressed);
  asio::awaitable<bool> pass_inflated(http::inflater& undo, std::string_view piece);
  bool upstream_fails(proxy::failure why);
  bool client_leaves(const char* detail);
  /// How long the control plane may take over what is written next: no time, once it was too slow.
  [[nodiscard]] mono_time write_deadline() const;
  void begin_reading();
  void end_reading();
  void end_upload();
  [[nodiscard]] result end() const;

  upstream_connection& connection_;
  const upstream_settings& settings_;
  const proxy::upstream_request& request_;
  proxy::body_source& body_;
  proxy::answer_sink& sink_;
  upstream_response response_;
  bool undo_gzip_;  // the client did not ask for it
  bool uploaded_ = false;
  bool upload_over_ = false;
  bool answer_over_ = false;
  mono_time answer_by_{};  ///< where that is known
  bool reading_ = false;   // upstream's turn: its deadline counts
  bool client_left_ = false;
  bool upstream_failed_ = false;  ///< before the client left
  unsigned status_ = 0;
  std::uint64_t left_to_upload_;
  pace taking_;  // of the control plane, in which the client's own slowness is not counted
  proxy::failure why_;
};

}  // namespace sidecache::net
