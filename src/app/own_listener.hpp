// One question to a listener of a sidecache that runs on this machine, for the subcommands that talk to it.
#pragma once

#include <expected>
#include <string>

#include "config/settings.hpp"

namespace sidecache::app {

struct own_question {
  std::string method = "GET";
  std::string target;
  std::string token = {};  ///< as Authorization: Bearer; "" for none
  std::string json = {};   ///< the body; "" for none
};
struct own_answer {
  unsigned status = 0;
  std::string body;
};

/// Asks once; connecting, TLS and the whole answer may take `timeout`. A listener on all interfaces is asked on
/// loopback. The error says where it was asked and what went wrong.
[[nodiscard]] std::expected<own_answer, std::string> ask_own_listener(const listen_address& at,
                                                                      const config::tls_settings& tls,
                                                                      const own_question& what, duration timeout);

}  // namespace sidecache::app
