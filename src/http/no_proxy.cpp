#include "http/no_proxy.hpp"

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

#include "base/text.hpp"

namespace sidecache::http {
namespace {

namespace ip = boost::asio::ip;

constexpr unsigned mapped_bits = 96;  // ::ffff:0:0/96 holds IPv4 (RFC 4291 §2.5.5.2)
constexpr ip_bytes mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};

struct address {
  ip_bytes bytes{};
  bool v4 = false;  ///< written as such: a block's bits count from its own first one
};

/// Without brackets. Zones ("fe80::1%eth0") are none: they mean something on one machine only.
std::optional<address> parse_address(std::string_view text) {
  constexpr std::size_t longest = 45;  // INET6_ADDRSTRLEN, without its end
  if (text.empty() || text.size() > longest || text.contains('%') || text.contains('\0')) return std::nullopt;
  boost::system::error_code error;
  const auto parsed = ip::make_address(std::string(text), error);
  if (error) return std::nullopt;
  if (parsed.is_v6()) return address{parsed.to_v6().to_bytes(), false};
  address out{mapped_prefix, true};
  std::ranges::copy(parsed.to_v4().to_bytes(), out.bytes.begin() + mapped_bits / 8);
  return out;
}

bool is_in(const ip_bytes& host, const no_proxy_list::block_rule& block) {
  const auto whole = block.bits / 8;
  if (!std::equal(host.begin(), host.begin() + whole, block.network.begin())) return false;
  const auto rest = block.bits % 8;
  if (rest == 0) return true;
  const auto mask = static_cast<unsigned char>(0xFFU << (8 - rest));
  return (host.at(whole) & mask) == (block.network.at(whole) & mask);
}

template <class Number>
std::optional<Number> parse_digits(std::string_view text, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool all = !text.empty() && error == std::errc{} && end == text.data() + text.size();
  return all && text.front() != '-' && number <= most ? std::optional(number) : std::nullopt;
}

std::optional<no_proxy_list::rule> block_of(std::string_view text, std::size_t slash) {
  const auto network = parse_address(text.substr(0, slash));
  if (!network) return std::nullopt;
  const auto bits = parse_digits<unsigned>(text.substr(slash + 1), network->v4 ? 32 : 128);
  if (!bits) return std::nullopt;
  return no_proxy_list::rule{no_proxy_list::block_rule{network->bytes, network->v4 ? mapped_bits + *bits : *bits}};
}

std::optional<no_proxy_list::name_rule> name_of(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789-_.";
  no_proxy_list::name_rule out;
  if (text.starts_with("*.")) text.remove_prefix(1);
  if (text.starts_with('.')) {
    out.itself = false;
    text.remove_prefix(1);
  }
  if (text.ends_with('.')) text.remove_suffix(1);
  out.suffix = lower(text);
  const bool plain = !out.suffix.empty() && out.suffix.find_first_not_of(letters) == std::string::npos &&
                     out.suffix.front() != '.' && !out.suffix.ends_with('.') && !out.suffix.contains("..");
  return plain ? std::optional(std::move(out)) : std::nullopt;
}

/// The part in front of a port. Of the colons only one behind a bracket, or the only one, parts off a port.
struct host_and_port {
  std::string_view host;
  bool bracketed = false;
  std::optional<std::uint16_t> port = std::nullopt;
};

std::optional<host_and_port> split(std::string_view text) {
  host_and_port out{text};
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    out.host = text.substr(1, end - 1);
    out.bracketed = true;
    rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':') return std::nullopt;
  } else if (std::ranges::count(text, ':') == 1) {
    out.host = text.substr(0, text.find(':'));
    rest = text.substr(out.host.size());
  }
  if (rest.empty()) return out;
  out.port = parse_digits<std::uint16_t>(rest.substr(1), 65535);
  return out.port && *out.port != 0 ? std::optional(out) : std::nullopt;
}

std::optional<no_proxy_list::rule> rule_of(std::string_view entry) {
  if (entry == "*") return no_proxy_list::rule{no_proxy_list::every_host{}};
  if (const auto slash = entry.find('/'); slash != std::string_view::npos) return block_of(entry, slash);
  const auto parts = split(entry);
  if (!parts) return std::nullopt;
  if (const auto exact = parse_address(parts->host); exact && parts->bracketed <= !exact->v4)
    return no_proxy_list::rule{no_proxy_list::block_rule{exact->bytes, 128}, parts->port};
  if (parts->bracketed) return std::nullopt;
  auto name = name_of(parts->host);
  if (!name) return std::nullopt;
  return no_proxy_list::rule{std::move(*name), parts->port};
}

/// What is asked for, in the form that the rules have.
struct subject {
  std::string name;  ///< lower case, without a final dot
  std::optional<address> at;
  std::uint16_t port;
};

bool is_loopback(const subject& host) {
  static constexpr no_proxy_list::block_rule v4{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 127}, mapped_bits + 8};
  static constexpr no_proxy_list::block_rule v6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
  if (host.at) return is_in(host.at->bytes, v4) || is_in(host.at->bytes, v6);
  return host.name == "localhost" || host.name.ends_with(".localhost");
}

bool is_covered(const subject& host, const no_proxy_list::name_rule& by) {
  if (host.at || !host.name.ends_with(by.suffix)) return false;
  if (host.name.size() == by.suffix.size()) return by.itself;
  return host.name[host.name.size() - by.suffix.size() - 1] == '.';
}

bool is_covered(const subject& host, const no_proxy_list::rule& by) {
  if (by.port && *by.port != host.port) return false;
  if (const auto* block = std::get_if<no_proxy_list::block_rule>(&by.what))
    return host.at && is_in(host.at->bytes, *block);
  if (const auto* name = std::get_if<no_proxy_list::name_rule>(&by.what)) return is_covered(host, *name);
  return true;
}

}  // namespace

no_proxy_list parse_no_proxy(std::string_view text) {
  no_proxy_list out;
  constexpr std::string_view separators = ", \t\r\n\v\f";
  while (true) {
    const auto from = text.find_first_not_of(separators);
    if (from == std::string_view::npos) return out;
    text.remove_prefix(from);
    const auto entry = text.substr(0, text.find_first_of(separators));
    if (auto rule = rule_of(entry)) {
      out.rules.push_back(std::move(*rule));
    } else {
      out.not_understood.emplace_back(entry);
    }
    text.remove_prefix(entry.size());
  }
}

bool goes_direct(std::string_view host, std::uint16_t port, const no_proxy_list& list) {
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  subject asked{lower(host), parse_address(host), port};
  if (asked.name.ends_with('.')) asked.name.pop_back();
  if (is_loopback(asked)) return true;
  return std::ranges::any_of(list.rules, [&](const no_proxy_list::rule& each) { return is_covered(asked, each); });
}

}  // namespace sidecache::http
