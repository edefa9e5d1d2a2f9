// N misses or N pass-throughs by a whole proxy, for counting instructions: relay_loop miss|pass N.
//
// Client, proxy and control plane share the process, over real connections. Both ends send ready-made bytes, which
// costs them a few hundred instructions; two runs with different N tell the cost of one without that of starting up.
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <charconv>
#include <cstdio>
#include <thread>

#include "requests.hpp"
#include "sidecache/proxy.hpp"

namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

constexpr std::size_t record_bytes = 1500;

/// The same record for whatever is asked, on each of a few connections, one after the other on each.
class control_plane {
 public:
  control_plane() {
    std::thread([this] { serve(); }).detach();
  }
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

 private:
  void serve() {
    for (;;) std::thread([this, client = listening_.accept()]() mutable { answer(client); }).detach();
  }
  void answer(tcp::socket& client) const {
    std::string received;
    boost::system::error_code gone;
    while (true) {
      const auto size = asio::read_until(client, asio::dynamic_buffer(received), "\r\n\r\n", gone);
      if (gone) return;
      received.erase(0, size);
      asio::write(client, asio::buffer(answer_), gone);
    }
  }

  const std::string answer_ =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nDate: Sat, 21 Nov 2026 21:00:00 GMT\r\n"
      "ETag: \"6b1e\"\r\nCache-Control: max-age=3600\r\nContent-Length: " +
      std::to_string(record_bytes) + "\r\n\r\n" + sidecache::bench::integration_record(record_bytes);
  asio::io_context context_{1};
  tcp::acceptor listening_{context_, {asio::ip::address_v4::loopback(), 0}};
  std::uint16_t port_ = listening_.local_endpoint().port();
};

class client {
 public:
  explicit client(std::uint16_t port) { socket_.connect({asio::ip::address_v4::loopback(), port}); }

  /// Throws unless the answer was come by as `status` says.
  void ask(std::string_view target, std::string_view status) {
    static constexpr auto rest = sidecache::bench::sdk_request.substr(sidecache::bench::sdk_request.find(" HTTP/"));
    asio::write(socket_, std::array{asio::buffer("GET ", 4), asio::buffer(target), asio::buffer(rest)});
    std::size_t got = 0;
    std::size_t whole = 0;
    while (whole == 0 || got < whole) {
      got += socket_.read_some(asio::buffer(buffer_.data() + got, buffer_.size() - got));
      const auto end = std::string_view(buffer_.data(), got).find("\r\n\r\n");
      if (end != std::string_view::npos) whole = end + 4 + record_bytes;
    }
    if (!std::string_view(buffer_.data(), got).contains(status)) throw std::runtime_error("another answer");
  }

 private:
  asio::io_context context_{1};
  tcp::socket socket_{context_};
  std::array<char, 8192> buffer_{};
};

}  // namespace

int main(int argc, char** argv) {
  const std::string_view what = argc > 1 ? argv[1] : "";
  const std::string_view count = argc > 2 ? argv[2] : "";
  std::size_t times = 0;
  if ((what != "miss" && what != "pass") ||
      std::from_chars(count.data(), count.data() + count.size(), times).ec != std::errc{}) {
    std::fputs("relay_loop miss|pass N: how many of them\n", stderr);
    return 64;
  }
  // Never destroyed: its threads use it until the process has ended.
  const control_plane& asked = *new control_plane;  // NOLINT(cppcoreguidelines-owning-memory)
  sidecache::embedded_proxy proxy({{"upstream.url", asked.url()},
                                   {"listen", "127.0.0.1:0"},
                                   {"metrics.listen", "127.0.0.1:0"},
                                   {"admin.listen", "127.0.0.1:0"},
                                   {"limits.requests_per_connection", "0"}});
  proxy.start();
  client one(proxy.port());
  for (std::size_t i = 0; i < times + 100; ++i) {  // the first hundred are for warming up
    if (what == "miss") {
      one.ask("/v1/integrations/slug-" + std::to_string(i), "; stored");
    } else {
      one.ask("/v1/integrations/openai-prod/models", "fwd=bypass");
    }
  }
  proxy.stop();
}
