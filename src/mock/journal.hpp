// What the mock got: counts from the moment a request arrives, and a bounded log of the last ones.
//
// Counted on arrival, so that a test can wait for a request that the mock still holds back. Not thread-safe.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <string_view>

namespace sidecache::mock {

class journal {
 public:
  /// The number of this request, for answered().
  std::uint64_t arrived(std::string_view method, std::string_view raw_target, const std::string& caller);
  /// `status` 0: the connection was closed with no answer.
  void answered(std::uint64_t number, unsigned status);
  void clear();

  /// {total, in_flight, by_route, by_caller, by_status, log}. `by_route` counts `METHOD PATH`, without the query; a log
  /// entry that was not answered yet has the status null.
  [[nodiscard]] boost::json::object to_json() const;

 private:
  struct entry {
    std::uint64_t number = 0;
    std::string method;
    std::string target;
    std::string caller;
    int status = -1;
  };
  static constexpr std::size_t log_size = 1000;
  static constexpr std::size_t route_limit = 10'000;  ///< paths beyond are counted as `other`

  std::uint64_t next_ = 0;  ///< goes on after clear(): a late answered() must not meet a newer request
  std::uint64_t total_ = 0;
  std::uint64_t answered_ = 0;
  std::uint64_t cleared_at_ = 0;
  std::map<std::string, std::uint64_t> by_route_;
  std::map<std::string, std::uint64_t> by_caller_;
  std::map<unsigned, std::uint64_t> by_status_;
  std::deque<entry> log_;
};

}  // namespace sidecache::mock
