// What memory would have said while the control plane answered: the comparison, and the book that it is kept in.
//
// In shadow every lookup is answered by the control plane, each by a request of its own. Beside it the cache lives as
// it would if it answered: what would have been a hit leaves it as it is (so an entry is as old as it would have been,
// which is what can make it wrong), what would have been fetched is stored. What memory would have said is compared:
//
//   agreed     the same status; of a 200 also the same body, byte for byte or as JSON
//   moved      a 200 that differs in usage_fields alone, which move by themselves while nobody writes the record
//   overtaken  it differs, but a write or sync that may concern it was under way between the two
//   wrong      it differs
//   stood_in   the control plane failed, and memory would have had an answer: fresh, or stale as it is allowed
//
// and what memory could not have answered is `missed`, or `shared` if another's fetch of the same was under way, which
// it would have waited for. Of a 401, 403 or 404 the status alone counts: its text may name the request.
// What can't be known is not counted as won: how long who waits for another's fetch would have waited, nor that in an
// outage fewer would have asked.
//
// Nothing secret is kept (promise 8): of a difference the names of members, never their values, nor the credential.
// Threads: the book from any thread, by one mutex; nobody is here whom memory answers.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.hpp"
#include "base/hdr_histogram.hpp"
#include "base/outcome.hpp"
#include "proxy/lookup.hpp"

namespace sidecache::proxy {

enum class shadow_result : std::uint8_t { missed, shared, agreed, moved, overtaken, wrong, stood_in };
constexpr std::array<std::string_view, 7> shadow_result_names{"missed",    "shared", "agreed",  "moved",
                                                              "overtaken", "wrong",  "stood_in"};
[[nodiscard]] constexpr bool is_compared(shadow_result r) { return r >= shadow_result::agreed; }

/// Members of a record that change by its use. Not `status`: who reads it acts on it.
constexpr std::array<std::string_view, 3> usage_fields{"last_reset_at", "last_used_at", "reset_usage"};

/// The members in which two bodies differ, by name: "status", or "data.status" where the record is in an envelope. At
/// most most_named_fields; "" for what is not an object.
constexpr std::size_t most_named_fields = 16;
[[nodiscard]] std::vector<std::string> differing_fields(std::string_view one, std::string_view other);

/// What memory would have answered a lookup with.
struct would_be {
  entry_ptr entry;       ///< null: it could not have
  outcome how{};         ///< with an entry
  bool asks_too = true;  ///< and the control plane would have been asked: for it, or behind it
};

struct shadow_comparison {
  shadow_result result = shadow_result::missed;
  std::vector<std::string> fields = {};  ///< of `wrong`, where bodies differ
};
/// `came`: what the control plane said. `overtaken`: something may have changed the record in between.
[[nodiscard]] shadow_comparison compare(const would_be& memory, const landing& came, bool overtaken);

/// What came of a fetch that leaves no trace in the cache.
[[nodiscard]] landing_ptr unkept(const lookup& of, const std::expected<upstream_answer, failure>& came, instant now);

/// Of one route.
struct shadow_tally {
  std::array<std::uint64_t, shadow_result_names.size()> results{};
  std::uint64_t spared = 0;        ///< requests that the control plane would not have seen
  std::uint64_t spared_bytes = 0;  ///< of their bodies
  duration waited{};               ///< by clients, for what memory would have answered at once

  [[nodiscard]] std::uint64_t count(shadow_result r) const { return results[static_cast<std::size_t>(r)]; }
  [[nodiscard]] std::uint64_t asked() const;
  [[nodiscard]] std::uint64_t compared() const;
};

/// One that would have been wrong.
struct shadow_difference {
  wall_time at{};
  http::route route = http::route::other;
  std::string ident;
  outcome how{};        ///< what the client would have been given
  unsigned would_be{};  ///< its status
  unsigned is{};        ///< the control plane's
  duration age{};       ///< of what memory had, since the control plane gave it
  std::vector<std::string> fields;
};

struct shadow_report {
  struct of_route {
    shadow_tally tally;
    duration waited_median{};
    duration waited_p99{};
  };
  std::optional<wall_time> since;  ///< when it was last put into shadow; nothing: not since the start
  std::map<http::route, of_route> routes;
  std::vector<shadow_difference> latest;  ///< the latest first
};

class shadow_book {
 public:
  static constexpr std::size_t most_differences = 32;

  /// It is put into shadow: the report begins anew. What is counted for metrics goes on.
  void begin(wall_time now);

  struct line {
    const lookup& of;
    const would_be& memory;
    const landing* came = nullptr;  ///< null: nothing that could be compared
    bool shared = false;
    bool overtaken = false;
    duration took{};
  };
  void note(const line& what, instant now);

  [[nodiscard]] shadow_report report() const;
  /// Since the start of the process.
  [[nodiscard]] std::map<http::route, shadow_tally> totals() const;

 private:
  struct part {
    shadow_tally tally;
    hdr_histogram waits;
  };
  mutable std::mutex mutex_;
  std::optional<wall_time> since_;
  std::map<http::route, shadow_tally> ever_;
  std::map<http::route, part> run_;  // a histogram is large: of what is asked for, and only in shadow
  std::deque<shadow_difference> latest_;
};

}  // namespace sidecache::proxy
