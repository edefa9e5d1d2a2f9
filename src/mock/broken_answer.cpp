#include "mock/broken_answer.hpp"

#include <zlib.h>

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <new>

namespace sidecache::mock {
namespace {

namespace asio = proxy::asio;
using ending = fault_plan::ending;

std::string gzipped(const std::string& body) {
  z_stream stream{};
  constexpr int with_gzip_header = 15 + 16;  // zlib's manual: windowBits + 16
  if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, with_gzip_header, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&stream, body.size()), '\0');
  std::string in = body;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

constexpr std::string_view huge_start = R"({"object":"integration","slug":"huge","description":")";
constexpr std::string_view huge_end = R"("})";

/// How many bytes of a body go out before the connection is closed.
std::uint64_t sent_size(std::uint64_t whole, const fault_plan& plan) {
  if (plan.how != ending::truncated && plan.how != ending::cut_chunk) return whole;
  // A byte less at least: with all of them the client has an answer, and may ask the next thing of a closed connection.
  return std::min(std::max<std::uint64_t>(whole, 1) - 1, plan.cut_bytes.value_or(whole / 2));
}

http::response_head head_for(const response& answer, const fault_plan& plan, std::uint64_t whole) {
  http::response_head head;
  head.status = answer.status;
  head.reason = http::reason_phrase(answer.status);
  head.fields.add("Content-Type", answer.content_type);
  for (const auto& [name, value] : answer.fields) head.fields.add(name, value);
  if (plan.gzip) head.fields.add("Content-Encoding", "gzip");
  for (std::uint64_t i = 0; i < plan.more_fields; ++i) head.fields.add("x-mock-" + std::to_string(i), "1");
  head.body = http::framing::chunked;
  if (plan.chunked || plan.how == ending::cut_chunk) return head;
  head.body = http::framing::length;
  head.content_length = whole;
  if (plan.how == ending::longer_announced) head.content_length += plan.cut_bytes.value_or(100);
  head.fields.add("Content-Length", std::to_string(head.content_length));
  return head;
}

/// The bytes of the planned body, piece by piece, without ever holding a huge one.
class body_reader {
 public:
  body_reader(std::string body, const fault_plan& plan) : body_(std::move(body)) {
    if (plan.what != fault_plan::content::huge) return;
    body_ = huge_start;
    padding_ = std::max<std::uint64_t>(plan.huge_bytes, huge_start.size() + huge_end.size()) - huge_start.size() -
               huge_end.size();
    end_ = huge_end;
  }
  [[nodiscard]] std::uint64_t size() const { return body_.size() + padding_ + end_.size(); }

  /// At most `most` bytes from `at` on, valid until the next call.
  [[nodiscard]] std::string_view piece(std::uint64_t at, std::uint64_t most) {
    if (at < body_.size()) return std::string_view(body_).substr(at, most);
    at -= body_.size();
    if (at >= padding_) return end_.substr(std::min<std::uint64_t>(at - padding_, end_.size()), most);
    most = std::min<std::uint64_t>({most, padding_ - at, 65'536});
    filler_.resize(65'536, 'x');
    return std::string_view(filler_).substr(0, most);
  }

 private:
  std::string body_;
  std::uint64_t padding_ = 0;
  std::string_view end_;
  std::string filler_;
};

}  // namespace

bool is_broken(const fault_plan& plan) {
  return plan.what == fault_plan::content::huge || plan.how != ending::complete || plan.chunked || plan.gzip ||
         plan.piece_bytes != 0 || plan.more_fields != 0;
}

asio::awaitable<bool> pause(duration time) {
  if (time <= duration::zero()) co_return true;
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  boost::system::error_code error;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

asio::awaitable<delivery> send_broken(proxy::exchange& client, response answer, const fault_plan& plan,
                                      const std::function<void()>& at_the_end) {
  body_reader body(plan.gzip ? gzipped(answer.body) : std::move(answer.body), plan);
  auto head = head_for(answer, plan, body.size());
  auto& sink = client.sink();
  const bool bodiless = client.request().method == http::method::head || answer.status == 304;
  const auto until = bodiless ? 0 : sent_size(body.size(), plan);
  if (until == 0) at_the_end();
  const auto left = [&](std::uint64_t sent) {
    return sent >= until ? delivery::left_at_the_end : delivery::left_before_the_end;
  };
  if (co_await sink.start(head)) co_return left(0);
  const auto step = plan.piece_bytes == 0 ? body.size() : plan.piece_bytes;
  for (std::uint64_t at = 0; at < until;) {
    if (!co_await pause(plan.piece_pause)) co_return left(at);
    const auto piece = body.piece(at, std::min(step, until - at));
    at += piece.size();
    if (at >= until) at_the_end();
    if (co_await sink.write(piece)) co_return left(at);
  }
  if ((plan.how == ending::complete || bodiless) && co_await sink.finish({})) co_return delivery::left_at_the_end;
  co_return delivery::as_planned;
}

}  // namespace sidecache::mock
