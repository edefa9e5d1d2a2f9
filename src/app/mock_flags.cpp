#include "app/mock_flags.hpp"

#include <CLI/CLI.hpp>

#include "base/text.hpp"
#include "base/units.hpp"
#include "mock/help.hpp"

namespace sidecache::app {

void mock_flags::add_to(CLI::App& command, const std::string& listen, mock::options defaults) {
  command.footer([] { return mock::help(); });
  options_ = std::move(defaults);
  latency_ = format_duration(options_.latency);
  const auto group = [](CLI::Option* option) { option->group("Mock control plane")->capture_default_str(); };
  group(command.add_option(listen, options_.listen, "Where the mock control plane listens")->type_name("ADDRESS"));
  group(command.add_option("--latency", latency_, "Added to every answer")->type_name("DURATION"));
  group(command.add_option("--jitter", jitter_, "Up to so much more, drawn evenly")->type_name("DURATION"));
  group(command.add_option("--error-rate", options_.error_rate, "Share of requests answered by an error")
            ->check(CLI::Range(0.0, 1.0)));
  group(command.add_option("--error-status", options_.error_status, "What such a request is answered with")
            ->check(CLI::Range(400, 599)));
  group(command
            .add_option("--reset-rate", options_.reset_rate, "Share of requests whose connection is closed unanswered")
            ->check(CLI::Range(0.0, 1.0)));
  group(command.add_option("--slow-body", slow_body_, "Send bodies in pieces, with this pause before each")
            ->type_name("DURATION"));
  group(command.add_option("--slow-body-bytes", options_.slow_body_bytes, "How large such a piece is")
            ->check(CLI::PositiveNumber));
  group(command.add_option("--seed", options_.seed, "Ids and chances follow from it"));
  group(command.add_flag("--etag", options_.etag, "Give ETags and answer If-None-Match"));
  group(command.add_option("--cache-control", options_.cache_control, "Cache-Control on every answer"));
  group(command.add_option("--header", headers_, "A further field on every answer; may be repeated")
            ->type_name("NAME:VALUE"));
}

std::expected<mock::options, std::vector<std::string>> mock_flags::options() const {
  mock::options made = options_;
  std::vector<std::string> errors;
  const auto read = [&](std::string_view flag, const std::string& text, duration& into) {
    if (const auto parsed = parse_duration(text)) {
      into = *parsed;
    } else {
      errors.push_back("flag " + std::string(flag) + ": " + parsed.error() + ", found \"" + text + "\"");
    }
  };
  read("--latency", latency_, made.latency);
  read("--jitter", jitter_, made.jitter);
  read("--slow-body", slow_body_, made.slow_body);
  for (const std::string& header : headers_) {
    const auto colon = header.find(':');
    if (colon == 0 || colon == std::string::npos) {
      errors.emplace_back("flag --header: expected NAME:VALUE");
      continue;
    }
    made.headers.emplace_back(header.substr(0, colon), trim(std::string_view(header).substr(colon + 1)));
  }
  if (!errors.empty()) return std::unexpected(std::move(errors));
  return made;
}

}  // namespace sidecache::app
