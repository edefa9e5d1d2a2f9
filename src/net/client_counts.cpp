#include "net/client_counts.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

#include "net/random_key.hpp"

namespace sidecache::net {
std::optional<client_address> client_address_of(const boost::asio::generic::stream_protocol::endpoint& peer) {
  client_address to{};
  if (peer.protocol().family() == AF_INET6 && peer.size() >= sizeof(sockaddr_in6)) {
    sockaddr_in6 from{};
    std::memcpy(&from, peer.data(), sizeof from);
    std::memcpy(to.data(), &from.sin6_addr, to.size());
    return to;
  }
  if (peer.protocol().family() == AF_INET && peer.size() >= sizeof(sockaddr_in)) {
    sockaddr_in from{};
    std::memcpy(&from, peer.data(), sizeof from);
    to[10] = to[11] = 0xff;
    std::memcpy(to.data() + 12, &from.sin_addr, 4);
    return to;
  }
  return std::nullopt;
}

client_counts::client_counts(std::size_t limit, std::size_t places)
    : limit_(limit), counting_(limit < places), counts_(0, keyed{random_key()}) {}

std::optional<client_counts::place> client_counts::try_take(
    const boost::asio::generic::stream_protocol::endpoint& peer) {
  const auto address = counting_ ? client_address_of(peer) : std::nullopt;
  if (!address) return place();
  const std::scoped_lock lock(mutex_);
  std::size_t& count = counts_[*address];
  if (count >= limit_) {
    ++refused_;
    return std::nullopt;
  }
  ++count;
  return place(*this, *address);
}

std::size_t client_counts::clients() const {
  const std::scoped_lock lock(mutex_);
  return counts_.size();
}

void client_counts::give_back(const client_address& of) {
  const std::scoped_lock lock(mutex_);
  const auto at = counts_.find(of);
  if (--at->second == 0) counts_.erase(at);
}

std::size_t client_counts::keyed::operator()(const client_address& address) const {
  return siphash(key, {reinterpret_cast<const char*>(address.data()), address.size()});
}

}  // namespace sidecache::net
