// How many connections each client address has, and a limit on it: one client can't take all the places there are.
//
// Addresses are whole ones; an IPv4 address and its IPv6-mapped form (RFC 4291 §2.5.5.2) are the same. Unix sockets
// have none and are not counted: who may open one is a matter of the file's mode. Only addresses that have a connection
// are kept, so there are never more than limits.connections of them, and each step costs one hash under a lock that is
// held for nothing else. The hash is keyed: whoever has many addresses can't aim them at one bucket.
//
// Thread-safe. Outlives its places.
#pragma once

#include <array>
#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <cstdint>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <utility>

#include "base/siphash.hpp"

namespace sidecache::net {

/// In IPv6's form.
using client_address = std::array<unsigned char, 16>;

/// Nothing where the peer has no address.
[[nodiscard]] std::optional<client_address> client_address_of(
    const boost::asio::generic::stream_protocol::endpoint& peer);

class client_counts {
 public:
  /// One connection's. Default: of a client that is not counted.
  class place {
   public:
    place() = default;
    place(client_counts& in, const client_address& of) : in_(&in), of_(of) {}
    place(place&& other) noexcept : in_(std::exchange(other.in_, nullptr)), of_(other.of_) {}
    place& operator=(place&&) = delete;
    place(const place&) = delete;
    place& operator=(const place&) = delete;
    ~place() { end(); }
    /// Before its time: the connection is over.
    void end() {
      if (auto* const in = std::exchange(in_, nullptr)) in->give_back(of_);
    }

   private:
    client_counts* in_ = nullptr;
    client_address of_{};
  };

  /// `places`: how many connections there may be in all. Where one client may have so many, nothing is counted.
  client_counts(std::size_t limit, std::size_t places);

  /// Nothing: the client has as many as it may.
  [[nodiscard]] std::optional<place> try_take(const boost::asio::generic::stream_protocol::endpoint& peer);
  /// How often nothing was left.
  [[nodiscard]] std::uint64_t refused() const { return refused_; }
  [[nodiscard]] std::size_t clients() const;

 private:
  struct keyed {
    siphash_key key;
    std::size_t operator()(const client_address& address) const;
  };

  void give_back(const client_address& of);

  std::size_t limit_;
  bool counting_;
  mutable std::mutex mutex_;
  std::unordered_map<client_address, std::size_t, keyed> counts_;
  std::atomic<std::uint64_t> refused_ = 0;
};

}  // namespace sidecache::net
