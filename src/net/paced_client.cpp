#include "net/paced_client.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>

namespace sidecache::net {
namespace {

using std::chrono::steady_clock;

}  // namespace

asio::awaitable<boost::system::error_code> paced_client::read(mono_time deadline, sidecache::cutoff late,
                                                              std::size_t most) {
  if (!reading_.may_wait()) {
    cut(cutoff::min_rate);
    co_return asio::error::timed_out;
  }
  const auto begun = steady_clock::now();
  const auto held = client_.input().size();
  const auto error = co_await client_.read(deadline, most);
  reading_.waited(steady_clock::now() - begun, client_.input().size() - held);
  if (error == asio::error::timed_out) cut(late);
  co_return error;
}

asio::awaitable<boost::system::error_code> paced_client::write(std::string_view first, std::string_view second) {
  for (;;) {
    if (const auto written = write_now(first, second)) co_return *written;
    if (const auto error = co_await wait_and_write(first, second)) co_return error;
  }
}

asio::awaitable<boost::system::error_code> paced_client::wait_and_write(std::string_view& first,
                                                                        std::string_view& second) {
  if (!writing_.may_wait()) {
    cut(cutoff::min_rate);
    co_return asio::error::timed_out;
  }
  const auto begun = steady_clock::now();
  const auto before = client_.taken();
  const auto error = co_await client_.write_more(first, second, begun + limits_.stall_timeout);
  const auto taken = std::max<std::int64_t>(0, client_.taken() - before);
  writing_.waited(steady_clock::now() - begun, static_cast<std::uint64_t>(taken));
  if (error != asio::error::timed_out) co_return error;
  if (taken > 0) co_return error_code{};
  cut(cutoff::stall);
  co_return error;
}

}  // namespace sidecache::net
