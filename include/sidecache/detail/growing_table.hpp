// An intrusive hash table that grows. Not for use by itself.
#pragma once

#include <cstddef>
#include <vector>

namespace sidecache::detail {

/// An intrusive table with buckets of its own that double when they are full.
template <class Table>
struct growing_table {
  std::vector<typename Table::bucket_type> buckets{16};
  Table table{typename Table::bucket_traits(buckets.data(), buckets.size())};

  growing_table() = default;
  growing_table(const growing_table&) = delete;
  growing_table& operator=(const growing_table&) = delete;
  ~growing_table() { table.clear(); }
  void make_room_for(std::size_t more) {
    if (table.size() + more <= buckets.size()) return;
    std::vector<typename Table::bucket_type> larger(buckets.size() * 2);
    table.rehash(typename Table::bucket_traits(larger.data(), larger.size()));
    buckets.swap(larger);
  }
};

}  // namespace sidecache::detail
