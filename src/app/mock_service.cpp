#include "app/mock_service.hpp"

#include <stdexcept>

namespace sidecache::app {
namespace {

std::unique_ptr<net::server_tls> tls_of(const mock_bearing& by) {
  if (by.tls_certificate_file.empty()) return nullptr;
  auto made = net::server_tls::make(
      {.certificate_file = by.tls_certificate_file, .key_file = by.tls_key_file, .client_ca_file = {}});
  if (!made) throw std::invalid_argument("flag --tls-certificate-file: " + made.error());
  return *std::move(made);
}

net::listen_place place_of(const std::string& text, net::server_tls* tls) {
  auto address = parse_listen_address(text);
  if (!address) throw std::invalid_argument("flag --listen: expected " + address.error());
  if (address->tls && tls == nullptr)
    throw std::invalid_argument("flag --listen: https:// needs --tls-certificate-file");
  if (!address->tls && tls != nullptr)
    throw std::invalid_argument("flag --tls-certificate-file: --listen must begin with https://");
  net::listen_place place(*std::move(address));
  place.tls = tls;
  return place;
}

/// A load tool may keep a connection for as long as it likes, ask what it likes on it, and come from one address.
net::session_limits limits_of(const mock_bearing& by) {
  net::session_limits limits;
  limits.connections = by.connections + 1;  // the listener holds one in reserve
  limits.connections_per_client = by.connections + 1;
  limits.requests_per_connection = 0;
  limits.idle_timeout = std::chrono::hours(1);
  return limits;
}

}  // namespace

mock_service::mock_service(const mock::options& options, const mock_bearing& by)
    : instance_(options, clock_),
      tls_(tls_of(by)),
      pool_(by.threads, "mock"),
      workers_([&] {
        std::vector<std::unique_ptr<on_worker>> made;
        made.reserve(pool_.size());
        for (std::size_t i = 0; i < pool_.size(); ++i)
          made.push_back(std::make_unique<on_worker>(instance_, pool_.at(i)));
        return made;
      }()),
      server_(
          pool_, {place_of(options.listen, tls_.get())},
          [this](std::size_t i) -> proxy::handler& { return workers_.at(i)->handler; },
          [this](std::size_t i) -> proxy::observer& { return workers_.at(i)->counters; }, limits_of(by)) {}

void mock_service::open() {
  server_.open();
  for (const auto& each : workers_) each->probe.start();
  pool_.start();
}

announced mock_service::listening() const { return {"mock", url_of(server_.addresses().front())}; }

}  // namespace sidecache::app
