// N hits over a real connection to a real session, for counting instructions and allocations: hit_loop hit|304 N.
//
// Client and server share the process. The client writes a ready-made request and reads the answer, which costs it a
// few hundred instructions; two runs with different N tell the cost of one hit without that of starting up. As 304 the
// client has the answer already, and asks with its entity tag.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstdio>

#include "net/server.hpp"
#include "net/timer_alarms.hpp"
#include "proxy/proxy_handler.hpp"
#include "requests.hpp"

namespace {

namespace asio = boost::asio;
namespace proxy = sidecache::proxy;

constexpr std::size_t record_bytes = 1500;

class one_record final : public proxy::origin {
 public:
  asio::awaitable<std::expected<proxy::upstream_answer, proxy::failure>> fetch(proxy::upstream_request /*request*/,
                                                                               std::uint64_t /*max*/) override {
    proxy::upstream_answer answer;
    answer.head.status = 200;
    answer.head.fields.add("Content-Type", "application/json; charset=utf-8");
    answer.head.fields.add("Date", "Sat, 21 Nov 2026 21:00:00 GMT");
    answer.body = sidecache::bench::integration_record(record_bytes);
    co_return answer;
  }
  asio::awaitable<std::expected<void, proxy::failure>> relay(proxy::upstream_request /*request*/,
                                                             proxy::body_source& /*body*/,
                                                             proxy::answer_sink& /*sink*/) override {
    co_return std::unexpected(proxy::failure{});
  }
};

class counting_nothing final : public proxy::observer {
 public:
  void finished(const proxy::finished_request& /*r*/) override {}
  void finished(const proxy::finished_attempt& /*a*/) override {}
  void upstream_connections(proxy::connection_state /*s*/, int /*by*/) override {}
  void client_connections(int /*by*/) override {}
  void unknown_in_record(sidecache::records::kind /*k*/, std::uint64_t /*f*/, std::uint64_t /*v*/) override {}
};

class client {
 public:
  explicit client(std::uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }

  void ask() {
    asio::write(socket_, asio::buffer(request_));
    const std::size_t body = status_ == "200" ? record_bytes : 0;
    std::size_t got = 0;
    std::size_t whole = 0;
    while (whole == 0 || got < whole) {
      got += socket_.read_some(asio::buffer(buffer_.data() + got, buffer_.size() - got));
      const auto end = std::string_view(buffer_.data(), got).find("\r\n\r\n");
      if (end != std::string_view::npos) whole = end + 4 + body;
    }
    if (std::string_view(buffer_.data() + 9, 3) != status_) throw std::runtime_error("another status");
  }
  /// From now on with the entity tag of the last answer.
  void has_it() {
    const std::string_view answer(buffer_.data(), buffer_.size());
    const auto tag = answer.find("ETag: ") + 6;
    request_.insert(request_.size() - 2, "if-none-match: ");
    request_.insert(request_.size() - 2, answer.substr(tag, answer.find("\r\n", tag) + 2 - tag));
    status_ = "304";
  }

 private:
  std::string request_{sidecache::bench::sdk_request};
  std::string_view status_ = "200";
  asio::io_context context_{1};
  asio::ip::tcp::socket socket_{context_};
  std::array<char, 8192> buffer_{};
};

}  // namespace

int main(int argc, char** argv) {
  std::size_t hits = 0;
  const std::string_view what = argc > 1 ? argv[1] : "";
  const std::string_view count = argc > 2 ? argv[2] : "";
  if ((what != "hit" && what != "304") ||
      std::from_chars(count.data(), count.data() + count.size(), hits).ec != std::errc{}) {
    std::fputs("hit_loop hit|304 N: how many of them\n", stderr);
    return 64;
  }
  const sidecache::system_clock clock;
  proxy::core core({}, clock, sidecache::process_keys::random());
  sidecache::net::worker_pool pool(1);
  one_record origin;
  counting_nothing observer;
  sidecache::net::timer_alarms alarms(pool.at(0).context);
  proxy::proxy_handler handler(core, origin, observer, alarms, pool.at(0).context.get_executor());
  sidecache::net::server server(
      pool, {*sidecache::parse_listen_address("127.0.0.1:0")}, [&](std::size_t) -> proxy::handler& { return handler; },
      [&](std::size_t) -> proxy::observer& { return observer; });
  server.open();
  pool.start();
  client one(server.port());
  one.ask();
  if (what == "304") one.has_it();
  for (std::size_t i = 0; i < hits + 100; ++i) one.ask();  // the first hundred are for warming up
  pool.stop();
  core.close();
}
