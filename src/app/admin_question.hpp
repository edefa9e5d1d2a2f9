// What the subcommands that ask the admin listener of a running sidecache have in common.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "app/exit_code.hpp"
#include "config/settings.hpp"

namespace sidecache::app {

/// Why there is no answer to be used, and what the program ends with.
struct admin_refusal {
  exit_code code;
  std::string why;
};

/// GET, or POST with the token of admin.token_file where `body` is not empty. 64 where the token can't be read or the
/// listener says that the question is none; 1 where it does not answer or refuses.
[[nodiscard]] std::expected<boost::json::value, admin_refusal> ask_admin(const config::settings& settings,
                                                                         std::string_view target,
                                                                         const std::string& body, duration timeout);

/// A member of an answer; 0 where there is none.
[[nodiscard]] std::int64_t number(const boost::json::value& in, std::string_view key);

/// Says so on standard error, in the name of a subcommand.
exit_code complain(std::string_view command, const admin_refusal& refusal);

}  // namespace sidecache::app
