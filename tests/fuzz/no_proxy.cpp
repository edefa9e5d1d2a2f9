// NO_PROXY, which everybody in a cluster writes for everybody: parse_no_proxy() and goes_direct().
//
// Input: a host, a port (decimal), and then the list, each in a line of its own; the list may have more. Promised for
// all of them:
//  1. Every entry is a rule or handed back as it was written, in order, and nothing else is; none has a separator in
//  it.
//  2. Order, repetition and case of the entries, and the separators between them, don't matter; more entries never make
//     a host be asked through the proxy that was asked directly without them; the entries one by one say the same as
//     all.
//  3. `*` covers everything, loopback is direct without any rule, and an entry that is the host itself covers it, with
//  or
//     without its port, and with no other port.
//  4. Brackets, case and a final dot of the host don't count, and an IPv4 address is the same written as IPv6.
//  5. A block of no bits covers all addresses of its kind, and one of all bits is the address.
#include "http/no_proxy.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>
#include <string>

#include "base/text.hpp"
#include "targets.hpp"

namespace sidecache::fuzz {
namespace {

constexpr std::string_view separators = ", \t\r\n\v\f";

bool direct(std::string_view host, std::uint16_t port, std::string_view list) {
  return http::goes_direct(host, port, http::parse_no_proxy(list));
}

std::vector<std::string> entries_of(std::string_view list) {
  std::vector<std::string> out;
  std::string entry;
  for (const char c : list) {
    if (separators.find(c) == std::string_view::npos) {
      entry += c;
    } else if (!entry.empty()) {
      out.push_back(std::move(entry));
      entry.clear();
    }
  }
  if (!entry.empty()) out.push_back(std::move(entry));
  return out;
}

std::string joined(const std::vector<std::string>& entries, std::string_view by) {
  std::string out;
  for (const auto& entry : entries) out.append(out.empty() ? "" : by).append(entry);
  return out;
}

void check_entries(std::string_view host, std::uint16_t port, std::string_view list) {
  const auto parsed = http::parse_no_proxy(list);
  auto entries = entries_of(list);
  require(parsed.rules.size() + parsed.not_understood.size() == entries.size(), "an entry is lost, or made up");
  auto left = parsed.not_understood.begin();
  bool any = direct(host, port, "");
  for (const auto& entry : entries) {
    const auto alone = http::parse_no_proxy(entry);
    require(alone.rules.size() + alone.not_understood.size() == 1, "one entry is several");
    if (alone.rules.empty())
      require(left != parsed.not_understood.end() && *left++ == entry, "not handed back in order");
    any = any || http::goes_direct(host, port, alone);
  }
  require(left == parsed.not_understood.end(), "handed back what is understood");
  require(http::goes_direct(host, port, parsed) == any, "a list is not its entries");

  std::ranges::reverse(entries);
  require(direct(host, port, joined(entries, " ,\n, ")) == any, "order or separators matter");
  for (auto& entry : entries)
    std::ranges::transform(entry, entry.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  require(direct(host, port, joined(entries, "\t")) == any, "case matters");
  require(direct(host, port, std::string(list) + ",*"), "a star does not cover everything");
}

/// The host as others write it.
void check_spelling(std::string_view host, std::uint16_t port, std::string_view list) {
  const bool is = direct(host, port, list);
  std::string upper(host);
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  require(direct(upper, port, list) == is, "the host's case matters");
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (host.find('%') != std::string_view::npos || host.find('\0') != std::string_view::npos) return;
  if (error) return;
  if (address.is_v6()) require(direct("[" + std::string(host) + "]", port, list) == is, "brackets matter");
  if (address.is_v4()) require(direct("::ffff:" + address.to_string(), port, list) == is, "mapped it is another");
}

bool is_name(std::string_view host) {
  return !host.empty() && host.front() != '.' && host.find("..") == std::string_view::npos && host.back() != '.' &&
         lower(host).find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string::npos;
}

void check_covered(std::string_view host, std::uint16_t port) {
  const bool loopback = direct(host, port, "");
  const auto other = static_cast<std::uint16_t>(port == 80 ? 81 : 80);
  boost::system::error_code error;
  const auto address = boost::asio::ip::make_address(std::string(host), error);
  if (!error && host.find_first_of(std::string_view("%\0", 2)) == std::string_view::npos) {
    require(loopback == (address.is_loopback() ||
                         (address.is_v6() && address.to_v6().is_v4_mapped() && address.to_v6().to_bytes()[12] == 127)),
            "another loopback than the system's");
    const std::string text = address.is_v6() ? "[" + address.to_string() + "]" : address.to_string();
    const std::string number = std::to_string(port);
    require(direct(host, port, address.to_string()), "an address does not cover itself");
    require(port == 0 || direct(host, port, text + ":" + number), "nor with its port");
    require(direct(host, other, text + ":" + number) == loopback, "a port does not bind");
    require(direct(host, port, address.to_string() + (address.is_v6() ? "/128" : "/32")), "a block of one");
    require(direct(host, port, address.is_v6() ? "::/0" : "0.0.0.0/0"), "the block of all");
  } else if (is_name(host)) {
    const std::string name(host);
    require(direct(host, port, name) && direct(name + ".", port, name) && direct(host, port, name + "."), "a name");
    require(direct("x." + name, port, name) && direct("x." + name, port, "." + name), "a name below it");
    require(direct("x" + name, port, name) == direct("x" + name, port, ""), "a name that only ends so");
    require(direct(host, port, "*." + name) == loopback, "only what is below it");
    require(port == 0 || direct(host, port, name + ":" + std::to_string(port)), "a name with its port");
    require(direct(host, other, name + ":" + std::to_string(port)) == loopback, "a port does not bind");
  }
}

}  // namespace

void no_proxy(std::string_view text) {
  const auto host = cut(text, "\n");
  const auto digits = cut(text, "\n");
  std::uint16_t port = 443;
  std::from_chars(digits.data(), digits.data() + digits.size(), port);
  check_entries(host, port, text);
  check_spelling(host, port, text);
  check_covered(host, port);
}

}  // namespace sidecache::fuzz
