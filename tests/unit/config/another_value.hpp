// For each row of the table a configuration, and the same with another value of that setting alone: what must hold of
// all live settings, or of all that take a restart, is tested of every one, a new one too.
#pragma once

#include <chrono>

#include "config/settings_table.hpp"
#include "config/value_reader.hpp"
#include "unit/config/loading.hpp"

namespace sidecache::config {

class another_value : public loading {
 protected:
  struct pair {
    sources before;
    sources after;
  };

  pair differing_in(const setting& what) {
    if (what.type == value_type::routes) return {{}, from_yaml("routes: [{path: /integrations/*, ttl: 1m}]")};
    if (what.type == value_type::planes)
      return {{}, from_yaml("planes: [{plane: admin}, {plane: data, prefix: /albus}]")};
    const auto before = surroundings_of(what.key);
    auto after = before;
    std::erase_if(after, [&](const flag_value& each) { return each.key == what.key; });
    after.push_back({std::string(what.key), other_than_default(what)});
    return {from_flags(before), from_flags(after)};
  }

 private:
  /// What has to be set for this one to be of any use.
  std::vector<flag_value> surroundings_of(std::string_view key) {
    if (key.starts_with("tls."))
      return {{"listen", "https://127.0.0.1:9443"}, {"tls.certificate_file", file("first.pem", "pem")}};
    if (key == "upstream.client_key_file") return {{"upstream.client_certificate_file", file("first.pem", "pem")}};
    if (key == "sync.heal" || key == "sync.interval" || key == "sync.unheard_ttl") return {{"plane", "data"}};
    if (!key.starts_with("sync.")) return {};
    return {{"plane", "data"},
            {"sync.heal", "true"},
            {"sync.poll_path", "/v1/organisation/a/sync/1"},
            {"sync.identifier_file", (folder_ / "first-identifier").string()},
            {"sync.credential_file", file("first-credential", secret_)},
            {"sync.peers", "https://a.example:9402"},
            {"sync.peer_secret_file", file("first-shared", secret_)},
            {"sync.peer_ca_file", file("first-ca", "pem")}};
  }

  std::string other_than_default(const setting& what) {
    const std::string text(what.default_text);
    switch (what.type) {
      case value_type::duration:
        return std::to_string(other_number(what, std::chrono::nanoseconds(std::chrono::seconds(1)).count())) + "ns";
      case value_type::size:
        return std::to_string(other_number(what, 1024)) + "B";
      case value_type::count:
        return std::to_string(other_number(what, 1));
      case value_type::choice:
        return std::string(what.words[what.words.front() == text ? 1 : 0]);
      case value_type::address:
      case value_type::addresses:
        return "127.0.0.1:9499";
      case value_type::prefixes:
        return "/v9";
      case value_type::url:
        return "https://other.example";
      case value_type::urls:
        return "https://b.example:9402, https://c.example:9402";
      case value_type::path:
        return what.key == "sync.poll_path" ? "/v1/organisation/b/sync/1" : "/other";
      case value_type::proxy:
        return "http://proxy.example:3128";
      case value_type::hosts:
        return "other.example";
      case value_type::file:
        return file("other.pem", "pem");
      case value_type::secret_file:
        return file("other-secret", secret_);
      case value_type::mode:
        return "0600";
      case value_type::owner:
        return "root";
      case value_type::prefix:
        return "/other";
      case value_type::name:
        return "other";
      case value_type::kept_file:
        return (folder_ / "other-identifier").string();
      case value_type::routes:
      case value_type::planes:
        break;
    }
    return "";
  }

  /// Half of the default, for less is allowed beside the defaults of all others; else a step more.
  static std::uint64_t other_number(const setting& what, std::uint64_t step) {
    const auto now = read_number(what, what.default_text).value();
    return now / 2 >= what.low && now / 2 != now ? now / 2 : now + step;
  }

  const std::string secret_ = "name:0123456789abcdef0123456789abcdef";
};

}  // namespace sidecache::config
