// What bench_client is told: each option is `--name value`, and what is not there has the value written here.
#pragma once

#include <charconv>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sidecache::bench {

enum class slug_order : std::uint8_t { sequence, random };

struct client_options {
  std::uint16_t port = 0;
  std::string request;            // --request FILE: the whole head; %d in it becomes the number of a record
  std::uint64_t connections = 1;  // made before the first request is sent
  std::uint64_t count = 0;        // requests in all; 0: until the time is over
  double seconds = 0;             // 0: until the count is reached
  double rate = 0;                // requests a second, each at its time; 0: the next when the last is answered
  double on = 0;                  // with rate: asks so many seconds of each ...
  double every = 0;               // ... so many seconds, ...
  double from = 0;                // ... the first of which begins then, by the monotonic clock
  double tick = 0;                // with rate: looks what is due and what has come no more often than so many seconds
  std::uint64_t first = 0;        // the number of the first record
  std::uint64_t records = 1;      // how many there are from there on
  slug_order order = slug_order::sequence;
  std::string samples;  // FILE: of each answer when its request was due and its latency, as two 64-bit numbers of ns
  bool hold = false;    // when all is answered keep the connections until standard input ends
};

inline std::uint64_t whole_number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw std::invalid_argument("not a whole number: " + std::string(text));
  return value;
}

inline std::string whole_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(file), {});
  if (text.find("\r\n\r\n") == std::string::npos) throw std::invalid_argument(path + " has no whole request head");
  return text;
}

inline void take_option(client_options& to, std::string_view name, const std::string& value) {
  if (name == "--port") {
    to.port = static_cast<std::uint16_t>(whole_number(value));
  } else if (name == "--request") {
    to.request = whole_file(value);
  } else if (name == "--connections") {
    to.connections = whole_number(value);
  } else if (name == "--count") {
    to.count = whole_number(value);
  } else if (name == "--seconds") {
    to.seconds = std::stod(value);
  } else if (name == "--rate") {
    to.rate = std::stod(value);
  } else if (name == "--on") {
    to.on = std::stod(value);
  } else if (name == "--every") {
    to.every = std::stod(value);
  } else if (name == "--from") {
    to.from = std::stod(value);
  } else if (name == "--tick") {
    to.tick = std::stod(value);
  } else if (name == "--first") {
    to.first = whole_number(value);
  } else if (name == "--records") {
    to.records = whole_number(value);
  } else if (name == "--order") {
    to.order = value == "random" ? slug_order::random : slug_order::sequence;
  } else if (name == "--samples") {
    to.samples = value;
  } else if (name == "--hold") {
    to.hold = value == "yes";
  } else {
    throw std::invalid_argument("no such option: " + std::string(name));
  }
}

inline client_options client_options_of(std::span<char*> arguments) {
  client_options read;
  for (std::size_t i = 0; i + 1 < arguments.size(); i += 2) take_option(read, arguments[i], arguments[i + 1]);
  if (arguments.size() % 2 != 0 || read.request.empty() || read.port == 0 || read.connections == 0 ||
      read.records == 0 || (read.count == 0 && read.seconds <= 0))
    throw std::invalid_argument("wanted: --port N --request FILE --count N or --seconds N, each option with a value");
  return read;
}

}  // namespace sidecache::bench
