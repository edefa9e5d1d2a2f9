// Each mistake that a config file can hold, and the line that it is answered with.
#include "unit/config/loading.hpp"

namespace sidecache::config {
namespace {

using file_errors_test = loading;

struct mistake {
  const char* name;
  const char* yaml;
  const char* complaint;
};

const mistake mistakes[] = {
    {"unknown key", "cache:\n  tll: 30s\n", "sidecache.yaml:2:3: cache.tll: unknown key; did you mean cache.ttl?\n"},
    {"unknown section", "cahce: {ttl: 1s}\n", "sidecache.yaml:1:1: cahce: unknown key; did you mean cache?\n"},
    {"a key in the wrong section", "limits: {max_bytes: 1GiB}\n",
     "sidecache.yaml:1:10: limits.max_bytes: unknown key; did you mean cache.max_bytes?\n"},
    {"a key like no other", "colour: blue\n", "sidecache.yaml:1:1: colour: unknown key\n"},
    {"a key of several lines", "\"a\\n\\e[2Jb\": 1\n", "sidecache.yaml:1:1: a??[2Jb: unknown key\n"},
    {"a dotted key", "cache.ttl: 1s\n",
     "sidecache.yaml:1:1: cache.ttl: expected a key below its section, found one key with a dot in it\n"},
    {"a repeated key", "threads: 1\nthreads: 2\n",
     "sidecache.yaml:2:1: threads: a key that stands in line 1 already\n"},
    {"a repeated key in a section", "cache:\n  ttl: 1s\n  ttl: 1s\n",
     "sidecache.yaml:3:3: cache.ttl: a key that stands in line 2 already\n"},
    {"a repeated section", "log: {level: info}\nlog: {format: json}\n",
     "sidecache.yaml:2:1: log: a key that stands in line 1 already\n"},
    {"a map for a value", "threads: {many: 1}\n",
     "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found a map\n"},
    {"a list for a value", "threads: [1]\n",
     "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found a list\n"},
    {"nothing for a value", "threads:\n",
     "sidecache.yaml:1:1: threads: expected a whole number from 1 to 256, found nothing\n"},
    {"a value for a section", "cache: 30s\n",
     "sidecache.yaml:1:8: cache: expected a map of settings, found a single value\n"},
    {"a list for a section", "cache: [30s]\n", "sidecache.yaml:1:8: cache: expected a map of settings, found a list\n"},
    {"a list for everything", "- listen\n", "sidecache.yaml:1:1: expected a map of settings, found a list\n"},
    {"a text for everything", "listen\n", "sidecache.yaml:1:1: expected a map of settings, found a single value\n"},
    {"a key that is no text", "? [a, b]\n: 1\n", "sidecache.yaml:1:3: a key that is no plain text\n"},
    {"two documents", "threads: 1\n---\nthreads: 2\n",
     "sidecache.yaml:3:1: expected one document, found a second document (---)\n"},
    {"documents without end", ",1 [2]", "sidecache.yaml:1:1: expected one document, found a second document (---)\n"},
    {"a duration without unit", "cache: {ttl: 30}\n",
     "sidecache.yaml:1:14: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"30\"\n"},
    {"a negative duration", "cache: {ttl: -1s}\n",
     "sidecache.yaml:1:14: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"-1s\"\n"},
    {"a duration over its bound", "cache: {ttl: 8d}\n",
     "sidecache.yaml:1:14: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"8d\"\n"},
    {"a size under its bound", "cache: {max_bytes: 1KiB}\n",
     "sidecache.yaml:1:20: cache.max_bytes: expected a size from 64KiB to 1024GiB, such as 64MiB, found \"1KiB\"\n"},
    {"no size", "cache: {max_bytes: lots}\n",
     "sidecache.yaml:1:20: cache.max_bytes: expected a size from 64KiB to 1024GiB, such as 64MiB, found \"lots\"\n"},
    {"too many threads", "threads: 257\n",
     "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found \"257\"\n"},
    {"no threads", "threads: 0\n",
     "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found \"0\"\n"},
    {"half a thread", "threads: 1.5\n",
     "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found \"1.5\"\n"},
    {"a socket's path with a comma", "listen: \"unix:/run/a,b\"\n",
     "sidecache.yaml:1:9: listen: expected a path without commas, control bytes and spaces at its end, found "
     "\"unix:/run/a,b\"\n"},
    {"a socket's path of several lines", "admin: {listen: \"unix:/run/a\\nb\"}\n",
     "sidecache.yaml:1:17: admin.listen: expected a path without commas, control bytes and spaces at its end, found "
     "\"unix:/run/a?b\"\n"},
    {"no such word", "log: {level: loud}\n",
     "sidecache.yaml:1:14: log.level: expected one of trace, debug, info, warn, error, found \"loud\"\n"},
    {"no address", "listen: nine\n",
     "sidecache.yaml:1:9: listen: expected an IP address and a port (127.0.0.1:9400, [::1]:9400, https://[::1]:9443) "
     "or unix:/PATH, found "
     "\"nine\"\n"},
    {"one wrong address of two", "listen:\n  - 127.0.0.1:1\n  - 127.0.0.1:66000\n",
     "sidecache.yaml:3:5: listen[1]: expected an IP address and a port (127.0.0.1:9400, [::1]:9400, "
     "https://[::1]:9443) or unix:/PATH, "
     "found \"127.0.0.1:66000\"\n"},
    {"a mode that is not octal", "unix: {mode: 0680}\n",
     "sidecache.yaml:1:14: unix.mode: expected permissions in octal from 0000 to 0777, such as 0660, found \"0680\"\n"},
    {"a mode with more than permissions", "unix: {mode: 4660}\n",
     "sidecache.yaml:1:14: unix.mode: expected permissions in octal from 0000 to 0777, such as 0660, found \"4660\"\n"},
    {"an owner without a group", "unix: {owner: 'root:'}\n",
     "sidecache.yaml:1:15: unix.owner: expected USER, USER:GROUP or :GROUP, found \"root:\"\n"},
    {"a TLS of yesterday", "tls: {min_version: 1.1}\n",
     "sidecache.yaml:1:20: tls.min_version: expected one of 1.2, 1.3, found \"1.1\"\n"},
    {"no addresses", "listen: []\n",
     "sidecache.yaml:1:9: listen: expected an address to listen on, or a list of at least one, found an empty list\n"},
    {"an address that is a map", "listen: [{port: 1}]\n",
     "sidecache.yaml:1:10: listen: expected an address to listen on, or a list of at least one, found a map\n"},
    {"a prefix that ends in a slash", "prefixes: [/v1/]\n",
     "sidecache.yaml:1:12: prefixes: expected \"\" or a path such as /v1: plain characters, no slash at the end, found "
     "\"/v1/\"\n"},
    {"a prefix with dot segments", "prefixes: ['', /a/../b]\n",
     "sidecache.yaml:1:16: prefixes[1]: expected \"\" or a path such as /v1: plain characters, no slash at the end, "
     "found \"/a/../b\"\n"},
    {"no URL", "upstream: {url: api.portkey.ai}\n",
     "sidecache.yaml:1:17: upstream.url: expected http:// or https://, a host, perhaps a port and a path, and no user, "
     "query or fragment, found \"api.portkey.ai\"\n"},
    {"routes that are a map", "routes: {path: /integrations/*}\n",
     "sidecache.yaml:1:9: routes: expected a list of routes, each with a path such as /integrations/*, found a map\n"},
    {"a route that is a text", "routes: [/integrations/*]\n",
     "sidecache.yaml:1:10: routes[0]: expected a map with a path and what differs there, such as ttl, found "
     "\"/integrations/*\"\n"},
    {"a route without path", "routes:\n  - ttl: 1s\n",
     "sidecache.yaml:2:5: routes[0].path: expected /integrations/, /virtual-keys/, /providers/ or, of a data plane, "
     "/configs/, /prompts/, /prompts/partials/ or /guardrails/ and then * for every "
     "record or the slug or UUID of one, found nothing\n"},
    {"a route to no record", "routes: [{path: /labels/*}]\n",
     "sidecache.yaml:1:17: routes[0].path: expected /integrations/, /virtual-keys/, /providers/ or, of a data plane, "
     "/configs/, /prompts/, /prompts/partials/ or /guardrails/ and then * for every "
     "record or the slug or UUID of one, found \"/labels/*\"\n"},
    {"a route of a data plane on an admin plane", "routes: [{path: /configs/*}]\n",
     "sidecache.yaml:1:17: routes[0].path: expected /integrations/, /virtual-keys/ or /providers/: an admin plane "
     "looks "
     "up nothing else, found \"/configs/*\"\n"},
    {"a route to part of a slug", "routes: [{path: /providers/a*}]\n",
     "sidecache.yaml:1:17: routes[0].path: expected /integrations/, /virtual-keys/, /providers/ or, of a data plane, "
     "/configs/, /prompts/, /prompts/partials/ or /guardrails/ and then * for every "
     "record or the slug or UUID of one, found \"/providers/a*\"\n"},
    {"an unknown key in a route", "routes: [{path: /providers/*, tl: 1s}]\n",
     "sidecache.yaml:1:31: routes[0].tl: unknown key; did you mean ttl?\n"},
    {"a repeated key in a route", "routes: [{path: /providers/*, path: /providers/x}]\n",
     "sidecache.yaml:1:31: routes[0].path: a key that stands in line 1 already\n"},
    {"a wrong duration in a route", "routes: [{path: /providers/*, ttl: 1}]\n",
     "sidecache.yaml:1:36: routes[0].ttl: expected a duration from 0s to 7d, such as 30s, found \"1\"\n"},
    {"a wrong word in a route", "routes: [{path: /providers/*, freshness: mine}]\n",
     "sidecache.yaml:1:42: routes[0].freshness: expected one of settings, origin, shortest, found \"mine\"\n"},
};

TEST_F(file_errors_test, each_is_told_with_place_key_finding_and_expectation) {
  for (const auto& row : mistakes) EXPECT_EQ(complaints(from_yaml(row.yaml)), row.complaint) << row.name;
}

TEST_F(file_errors_test, all_mistakes_are_told_at_once) {
  EXPECT_EQ(complaints(from_yaml("threads: 0\ncache:\n  ttl: 1\n  tll: 2s\nlog: {level: x}\nlisten: [a, b]\n")),
            "sidecache.yaml:4:3: cache.tll: unknown key; did you mean cache.ttl?\n"
            "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found \"0\"\n"
            "sidecache.yaml:3:8: cache.ttl: expected a duration from 0s to 7d, such as 30s, found \"1\"\n"
            "sidecache.yaml:5:14: log.level: expected one of trace, debug, info, warn, error, found \"x\"\n"
            "sidecache.yaml:6:10: listen[0]: expected an IP address and a port (127.0.0.1:9400, [::1]:9400, "
            "https://[::1]:9443) or "
            "unix:/PATH, found \"a\"\n"
            "sidecache.yaml:6:13: listen[1]: expected an IP address and a port (127.0.0.1:9400, [::1]:9400, "
            "https://[::1]:9443) or "
            "unix:/PATH, found \"b\"\n");
}

TEST_F(file_errors_test, broken_yaml_is_told_with_its_line) {
  const auto complaint = complaints(from_yaml("threads: 1\ncache: {ttl: 1s\nlog: 2\n"));
  EXPECT_TRUE(complaint.starts_with("sidecache.yaml:3:")) << complaint;
  EXPECT_TRUE(complaint.contains(": not YAML: ")) << complaint;
  EXPECT_EQ(complaints(from_yaml("admin: {token_file: \"\\q\"}\n")),
            "sidecache.yaml:1:24: not YAML: unknown escape character\n")
      << "nothing that was read is repeated";
}

TEST_F(file_errors_test, a_section_with_nothing_in_it_is_none) {
  EXPECT_EQ(complaints(from_yaml("cache:\nlog: {}\n")), "");
  EXPECT_EQ(complaints(from_yaml("")), "");
  EXPECT_EQ(complaints(from_yaml("# nothing\n")), "");
}

TEST_F(file_errors_test, hostile_documents_end_in_an_error) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c)
    bomb += std::string(1, c) + ": &" + c + " [" + [&] {
      std::string items;
      for (int i = 0; i < 10; ++i) items += (i == 0 ? "*" : ", *") + std::string(1, static_cast<char>(c - 1));
      return items;
    }() + "]\n";
  EXPECT_TRUE(complaints(from_yaml(bomb)).contains("too many values")) << "aliases of aliases";
  EXPECT_TRUE(complaints(from_yaml("a: &a [*a]\n")).contains("nested too deeply")) << "an alias of itself";
  EXPECT_NE(complaints(from_yaml("a: " + std::string(100'000, '['))), "") << "depth";
  EXPECT_EQ(complaints(from_yaml("threads: \"\\e[31m\\x07red\"\n")),
            "sidecache.yaml:1:10: threads: expected a whole number from 1 to 256, found \"?[31m?red\"\n")
      << "control bytes would reach a terminal";
}

TEST_F(file_errors_test, what_may_be_secret_is_never_repeated) {
  const std::string secret = "hunter2hunter2";
  const std::string yamls[] = {
      "admin: {token: " + secret + "}\n",
      "admin: {token_file: " + secret + "}\n",
      "admin: {token_file: [" + secret + "]}\n",
      "upstream: {client_key_file: " + secret + "}\n",
      "upstream: {url: 'https://me:" + secret + "@host'}\n",
      "upstream: {url: 'https://host/?api_key=" + secret + "'}\n",
      "upstream: {url: 'https://host/#" + secret + "'}\n",
      "admin: {token_file: *" + secret + "}\n",
      "admin: {token_file: \"" + secret + "\n",
      "admin: {token_file: \"" + secret + "\\0\"}\n",
      secret + "\n",
      "- " + secret + "\n",
  };
  for (const auto& yaml : yamls) {
    const auto complaint = complaints(from_yaml(yaml));
    EXPECT_NE(complaint, "") << yaml;
    EXPECT_FALSE(complaint.contains("hunter2")) << complaint;
  }
  EXPECT_FALSE(complaints(from_environment({{"SIDECACHE_ADMIN_TOKEN", secret}, {"SIDECACHE_API_KEY", secret}}))
                   .contains("hunter2"));
}

}  // namespace
}  // namespace sidecache::config
