#include "app/own_sync.hpp"

#include <stdexcept>

#include "app/kept_identifier.hpp"
#include "config/secret_file.hpp"

namespace sidecache::app {

proxy::poll_settings poll_settings(const config::plane_settings& from) {
  return {.path = from.sync.poll_path,
          .identifier = kept_identifier(from.sync.identifier_file),
          .interval = from.sync.interval};
}

secret poll_credential(const config::plane_settings& from) {
  auto read = config::read_secret_file(from.sync.credential_file);
  if (!read) throw std::invalid_argument("sync.credential_file: " + read.error());
  return std::move(*read);
}

}  // namespace sidecache::app
