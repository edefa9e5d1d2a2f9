// What is to be known of one control plane before it can be asked. Plain values: config fills them in.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/clock.hpp"
#include "net/pace.hpp"

namespace sidecache::net {

struct upstream_settings {
  std::string url;  ///< http or https, host, port, path prefix: see upstream_url

  duration connect_timeout =
      std::chrono::seconds(2);  ///< for each address, several at a time, and the same again for the TLS handshake
  duration request_timeout =
      std::chrono::seconds(10);                      ///< fetch(): all of it; relay(): from the request's end to a head
  duration stall_timeout = std::chrono::minutes(5);  ///< relay(): without one byte either way; total time is unlimited
  pace_limit pace;                                   ///< relay(): at which an upload must be taken
  duration idle_timeout = std::chrono::seconds(30);  ///< of a kept-alive connection that nobody uses

  // All of these are per worker.
  std::size_t max_connections = 64;        ///< for lookups
  std::size_t max_relay_connections = 64;  ///< for everything else: long streams never take a lookup's connection
  std::size_t max_pending = 1024;          ///< requests that wait for a free connection, of each of the two

  duration resolve_interval =
      std::chrono::seconds(30);  ///< how old the addresses of a name may be before it is asked for

  std::string ca_file;                  ///< PEM; empty: the system's certificate authorities
  std::string client_certificate_file;  ///< PEM, the chain; empty: none
  std::string client_key_file;          ///< PEM; empty: the key stands in the certificate's file

  std::string proxy;     ///< http://host[:port] of the egress proxy; empty: none
  std::string no_proxy;  ///< who is asked past it: see http/no_proxy.hpp
};

}  // namespace sidecache::net
