// One line a request, put in front of a worker's counters: off, one in so many, or all.
//
// Theory of operation: an observer that counts first and then, perhaps, logs. One per worker, used on its thread only,
// so the sampling count and the line's buffer need no lock. Where it is off, a request pays a call and a comparison, so
// that it can be put on while requests come; one that is not in the sample costs one decrement.
// The line: access_fields.hpp. What it says of the request's headers is read, and the credential's fingerprint made,
// for a line that is written and no other request; nothing of them is kept. Ids that were made for a request on its way
// up come with it, ready.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "http/header_rules.hpp"
#include "metrics/log.hpp"
#include "proxy/observer.hpp"

namespace sidecache::metrics {

enum class access_mode : std::uint8_t { off, sampled, all };
constexpr std::array<std::string_view, 3> access_mode_names{"off", "sampled", "all"};

struct access_settings {
  access_mode mode = access_mode::off;
  std::uint32_t one_in = 100;  ///< with `sampled`: the first request of each worker, and then every so many
};

/// Whose requests they are.
struct access_source {
  std::string plane{};
  /// What a credential is shown as, which must not tell what it is. Null: it is not shown.
  std::function<std::string(const http::credential_view& who)> fingerprint{};
};

/// A target's path: without query, and without an absolute-form's authority, which may hold a password. Cut to 512
/// bytes, then ended by "...".
[[nodiscard]] std::string_view path_to_log(std::string_view target, std::string& scratch);

class access_log final : public proxy::observer {
 public:
  /// Both outlive it.
  access_log(proxy::observer& counters, log& lines, access_settings settings, access_source source);

  /// Other settings from the next request on.
  void change(access_settings settings);

  void finished(const proxy::finished_request& request) override;
  void finished(const proxy::finished_attempt& attempt) override { counters_.finished(attempt); }
  void upstream_connections(proxy::connection_state state, int by) override {
    counters_.upstream_connections(state, by);
  }
  void client_connections(int by) override { counters_.client_connections(by); }
  void connection_cut(cutoff why) override { counters_.connection_cut(why); }
  void unknown_in_record(records::kind kind, std::uint64_t fields, std::uint64_t values) override {
    counters_.unknown_in_record(kind, fields, values);
  }

 private:
  void write(const proxy::finished_request& request);

  proxy::observer& counters_;
  log& lines_;
  access_source source_;
  std::uint32_t one_in_;  // 0: off
  std::uint32_t left_ = 1;
  std::string line_;
  std::string path_;
};

}  // namespace sidecache::metrics
