#include "app/mock_service.hpp"

#include <stdexcept>

namespace sidecache::app {
namespace {

net::listen_address parsed(const std::string& text) {
  auto address = net::parse_listen_address(text);
  if (!address) throw std::invalid_argument("flag --listen: " + address.error());
  return *address;
}

}  // namespace

mock_service::mock_service(const mock::options& options)
    : instance_(options, clock_),
      address_(parsed(options.listen)),
      server_(
          pool_, {address_}, [this](std::size_t) -> proxy::handler& { return handler_; },
          [this](std::size_t) -> proxy::observer& { return counters_; }) {}

void mock_service::open() {
  server_.open();
  pool_.start();
}

announced mock_service::listening() const { return {"mock", where(address_, server_.port())}; }

}  // namespace sidecache::app
