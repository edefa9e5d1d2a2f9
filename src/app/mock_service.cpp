#include "app/mock_service.hpp"

#include <stdexcept>

namespace sidecache::app {
namespace {

listen_address parsed(const std::string& text) {
  auto address = parse_listen_address(text);
  if (!address) throw std::invalid_argument("flag --listen: expected " + address.error());
  return *address;
}

}  // namespace

mock_service::mock_service(const mock::options& options)
    : instance_(options, clock_),
      server_(
          pool_, {parsed(options.listen)}, [this](std::size_t) -> proxy::handler& { return handler_; },
          [this](std::size_t) -> proxy::observer& { return counters_; }) {}

void mock_service::open() {
  server_.open();
  pool_.start();
}

announced mock_service::listening() const { return {"mock", url_of(server_.addresses().front())}; }

}  // namespace sidecache::app
