// Which hosts are asked directly and not through the egress proxy: NO_PROXY, as a list of rules and a match.
//
// The rules are those of Go's golang.org/x/net/http/httpproxy, which most programs beside sidecache in a cluster
// follow, with curl's blanks as separators: entries parted by commas or white space, each of
//   *                     every host
//   host                  that name and every name below it
//   .host, *.host         only names below it
//   address               an IPv4 or IPv6 address, in brackets or not
//   address/bits          a block of them (CIDR, RFC 4632); host bits may be set
// where a name or an address may be followed by :PORT (an IPv6 address then stands in brackets). Case and a final dot
// of a name don't count. Names are compared, never resolved: an address rule does not cover a name that leads there. An
// IPv4 address written as IPv6 (::ffff:10.0.0.1) is that IPv4 address, on both sides.
// Loopback is always direct: localhost, names below it (RFC 6761 §6.3), 127.0.0.0/8 and ::1.
//
// Pure. No input makes it throw but for want of memory; what can't be understood is no rule, and is handed back by
// position so that a setting can be refused where an environment variable, which other programs read too, is let be.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sidecache::http {

/// An address as 16 bytes; IPv4 ones as RFC 4291 §2.5.5.2 maps them.
using ip_bytes = std::array<unsigned char, 16>;

struct no_proxy_list {
  struct every_host {};
  struct name_rule {
    std::string suffix;  ///< lower case, without dots at either end
    bool itself = true;  ///< the name too, not only those below it
  };
  struct block_rule {
    ip_bytes network{};
    unsigned bits = 128;  ///< of the 16 bytes
  };
  struct rule {
    std::variant<every_host, name_rule, block_rule> what;
    std::optional<std::uint16_t> port = std::nullopt;  ///< none: any
  };

  std::vector<rule> rules;
  std::vector<std::string> not_understood;  ///< entries that are no rule, as they were written
};

[[nodiscard]] no_proxy_list parse_no_proxy(std::string_view text);

/// `host`: a name, or an address with or without brackets.
[[nodiscard]] bool goes_direct(std::string_view host, std::uint16_t port, const no_proxy_list& list);

}  // namespace sidecache::http
