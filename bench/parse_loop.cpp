// N records of 1.5 KB read for what the cache needs of them, for counting instructions and allocations: parse_loop N.
#include <charconv>
#include <cstdio>

#include "records/facts.hpp"
#include "requests.hpp"

int main(int argc, char** argv) {
  const std::string_view count = argc > 1 ? argv[1] : "";
  std::size_t times = 0;
  if (std::from_chars(count.data(), count.data() + count.size(), times).ec != std::errc{}) {
    std::fputs("parse_loop N: how many records\n", stderr);
    return 64;
  }
  const std::string record = sidecache::bench::integration_record(1500);
  for (std::size_t i = 0; i < times; ++i)
    if (!sidecache::records::extract_facts(sidecache::records::kind::integration, record)) return 1;
}
