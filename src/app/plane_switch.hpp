// Several planes on one listener: chooses by what stands in front of a request's path, and takes it away.
//
// Theory of operation: a prefix counts by whole segments and to the letter, with no escape decoded, as control planes
// and gateways write it: "/albus" takes "/albus", "/albus?x" and "/albus/v2", not "/albusx", "/Albus", "//albus" or
// "/%61lbus". Of several the longest wins, and "" takes what no other does. What is behind it goes on as it came, //,
// escapes and query included; nothing becomes "/". The parser has reduced the absolute form before (RFC 9112 §3.2.2).
// What no plane takes is refused here, by a 404 that names the prefixes.
//
// A plane sees requests without the prefix, and whoever looks at a session's own request, the access log among them,
// with it. So the observer of such a listener needs to be told nothing: a finished request's target says once more
// which plane answered it. What no plane answered, and connections, which belong to none, go to `others`.
//
// The head of a hit is copied into one that keeps its memory, so that nothing is allocated. One object a worker, used
// on its thread; all that it is given outlives it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/exchange.hpp"
#include "proxy/observer.hpp"

namespace sidecache::app {

/// A target behind a prefix that it has: "/albus?x" behind "/albus" is "/?x".
[[nodiscard]] bool has_prefix(std::string_view target, std::string_view prefix);
void drop_prefix(std::string& target, std::string_view prefix);

class plane_switch final : public proxy::handler, public proxy::observer {
 public:
  struct branch {
    std::string prefix;  ///< no two have the same
    proxy::handler& handler;
    proxy::observer& observer;
  };
  plane_switch(std::vector<branch> branches, proxy::observer& others);

  std::shared_ptr<const proxy::known_block> recognise(const http::request_head& request) override;
  bool answer_known(std::string_view target, const proxy::known_block& by, std::string_view if_none_match, mono_time at,
                    proxy::answer& out) override;
  std::unique_ptr<proxy::begun_pass> pass_known(std::string_view target, std::string_view block,
                                                const proxy::known_block& by,
                                                const std::shared_ptr<proxy::answer_waiter>& told) override;
  std::optional<proxy::answer> answer_now(const http::request_head& request, const proxy::known_block* by) override;
  boost::asio::awaitable<void> handle(proxy::exchange& client) override;

  void finished(const proxy::finished_request& request) override;
  void finished(const proxy::finished_attempt& attempt) override { others_.finished(attempt); }
  void upstream_connections(proxy::connection_state state, int by) override { others_.upstream_connections(state, by); }
  void client_connections(int by) override { others_.client_connections(by); }
  void connection_cut(cutoff why) override { others_.connection_cut(why); }
  void unknown_in_record(records::kind kind, std::uint64_t fields, std::uint64_t values) override {
    others_.unknown_in_record(kind, fields, values);
  }

 private:
  /// Null: none takes it.
  [[nodiscard]] const branch* branch_of(std::string_view target) const;
  [[nodiscard]] std::size_t index_of(const branch& each) const {
    return static_cast<std::size_t>(&each - branches_.data());
  }

  std::vector<branch> branches_;  // longer prefixes first
  proxy::observer& others_;
  std::string refusal_;  // its message
  http::request_head scratch_;
};

}  // namespace sidecache::app
