// What the mock control plane can be told at start. A plain struct: the flags that fill it are the app's.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.hpp"
#include "mock/delay_distribution.hpp"
#include "mock/fault.hpp"

namespace sidecache::mock {

/// A credential beyond the seeded ones.
struct extra_key {
  std::string secret;        ///< what a client sends
  std::string organisation;  ///< slug or UUID of a seeded organisation
  std::string workspace;     ///< slug or UUID in it; empty: the key speaks for the whole organisation
  bool read_only = false;    ///< 403 on every write
};

struct options {
  /// Where to listen, as `address:port`. Used by the app; the mock itself knows no sockets.
  std::string listen = "127.0.0.1:9480";
  /// Added to every answer, before the request is looked at.
  duration latency{};
  /// Up to so much more than `latency`, drawn evenly for each request.
  duration jitter{};
  /// The share of requests answered with `error_status`, 0 to 1.
  double error_rate = 0;
  /// What such a request is answered with.
  unsigned error_status = 500;
  /// The share of requests whose connection is closed with no answer, 0 to 1.
  double reset_rate = 0;
  /// If set, every body comes in pieces of `slow_body_bytes` with this pause before each.
  duration slow_body{};
  std::uint64_t slow_body_bytes = 64;
  /// Ids, trace ids and every chance of a fault follow from it: the same seed and requests give the same answers.
  std::uint64_t seed = 1;
  /// Answers to GET carry a strong ETag, and If-None-Match is answered 304. The live control plane does neither.
  bool etag = false;
  /// Value of Cache-Control on every answer; empty: none, as the live control plane.
  std::string cache_control;
  /// Further fields on every answer.
  std::vector<std::pair<std::string, std::string>> headers;
  /// Credentials beyond the seeded ones.
  std::vector<extra_key> keys;

  /// So many records of each kind are answered by formula (formula_records.hpp), under the slugs of this format.
  std::uint64_t records = 0;
  std::string slug_format = "load-%d";
  /// The size of such a record's answer; what its fields need, if that is more.
  std::uint64_t record_bytes = 1500;
  /// An API key that nobody has is taken for acme-prod's.
  bool any_credential = false;
  /// Whether requests are kept one by one. Counts of the run are kept in any case.
  bool journal = true;
  /// Added to every answer, by chance.
  std::optional<delay_distribution> delays;
  /// What goes wrong when, counted from the start of the run.
  std::vector<fault> timeline;
};

}  // namespace sidecache::mock
