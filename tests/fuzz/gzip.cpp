// Bodies whose gzip is undone on their way: inflater.
//
// Input: a first line that says how the bytes arrive (each byte of it is the size of a piece, beginning anew at its
// end), then the bytes. Promised for all of them:
//  1. Taken as gzip, what comes out, and whether it ends there, are the same however they were cut; where they are
//  none,
//     both are refused, and what came out before is the same as far as it goes.
//  2. Pieces have 16 KiB at most, so that a bomb costs no memory.
//  3. Compressed first, they come out as they were; twice in a row, as two members, they come out twice; cut off
//     anywhere, they are not complete; with something behind, they are refused.
#include <algorithm>
#include <string>

#include "http/inflater.hpp"
#include "targets.hpp"
#include "unit/http/gzip.hpp"

namespace sidecache::fuzz {
namespace {

struct inflated {
  std::string body;
  bool refused = false;
  bool complete = false;
};

/// "" for `cuts`: all at once.
inflated inflate(std::string_view input, std::string_view cuts) {
  http::inflater inflater;
  inflated out;
  for (std::size_t turn = 0; !input.empty(); ++turn) {
    const std::size_t size = cuts.empty() ? input.size() : 1U + static_cast<unsigned char>(cuts[turn % cuts.size()]);
    const auto piece = input.substr(0, size);
    input.remove_prefix(piece.size());
    inflater.feed(piece);
    for (;;) {
      const auto next = inflater.next();
      if (!next) {
        out.refused = true;
        return out;
      }
      if (next->empty()) break;
      require(next->size() <= std::size_t{16} * 1024, "a piece over its limit");
      out.body.append(*next);
    }
  }
  out.complete = inflater.complete();
  return out;
}

void check_any_bytes(std::string_view bytes, std::string_view cuts) {
  const auto whole = inflate(bytes, "");
  for (const auto how : {cuts, std::string_view("\0", 1)}) {
    const auto parts = inflate(bytes, how);
    require(parts.refused == whole.refused && parts.complete == whole.complete, "the end depends on how it was cut");
    if (whole.refused)
      require(parts.body.starts_with(whole.body) || whole.body.starts_with(parts.body), "two beginnings");
    else
      require(parts.body == whole.body, "the body depends on how it was cut");
  }
}

void check_compressed(std::string_view plain, std::string_view cuts) {
  const auto packed = http::in_tests::gzip(plain);
  const auto once = inflate(packed, cuts);
  require(once.complete && once.body == plain, "compressed it comes out as something else");
  const auto twice = inflate(packed + packed, cuts);
  require(twice.complete && twice.body == std::string(plain).append(plain), "two members are not two bodies");
  const auto at = cuts.empty() ? packed.size() / 2 : static_cast<unsigned char>(cuts.front()) % packed.size();
  if (at > 0) require(!inflate(packed.substr(0, at), cuts).complete, "cut off, and complete");
  require(!inflate(packed + "x", cuts).complete, "something behind it is taken for a part of it");
}

}  // namespace

void gzip(std::string_view bytes) {
  const auto cuts = cut(bytes, "\n");
  check_any_bytes(bytes, cuts);
  check_compressed(bytes, cuts);
}

}  // namespace sidecache::fuzz
