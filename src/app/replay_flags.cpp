#include "app/replay_flags.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "base/units.hpp"
#include "http/field_line.hpp"
#include "mock/seed.hpp"
#include "replay/generated_workload.hpp"
#include "replay/recorded_workload.hpp"

namespace sidecache::app {
namespace {

using problem = replay::target_error;

constexpr duration usual_warm_up = std::chrono::seconds(2);
constexpr duration usual_length = std::chrono::seconds(30);
constexpr double usual_rate = 1000;
constexpr std::uint64_t usual_records = 1000;
constexpr std::size_t most_connections = 100'000;
constexpr std::string_view footer =
    R"(Latencies are corrected for coordinated omission: each counts from when its request
was meant to start, whether a connection was free for it then or not. Uncorrected ones
count from when it was sent, as most tools have it.

The defaults suit `sidecache demo`. Aim it only at what is yours to load.

A pattern is a file of JSON lines:
  {"at_ms": 12.5, "target": "/v1/providers/a", "method": "GET", "credential": 0,
   "headers": {"accept": "application/json"}, "body": "text"}
  at_ms and target must be there; credential is a place in the credential file from 0,
  null for none, and drawn evenly if it is left out. sidecache's own access lines
  (log.format: json, log.access: all) are taken too, GET and HEAD of them.

A DURATION is a whole number with its unit: us, ms, s, m, h.

Exit codes: 0 it ran, 1 a limit (--max-errors, --max-p99, --min-hit-ratio) did not hold,
64 usage, 69 no connection came about. SIGINT ends it with the report so far.)";

std::unexpected<problem> wrong(std::string_view flag, std::string_view why) {
  return std::unexpected(problem{replay::target_problem::usage, fmt::format("flag {}: {}", flag, why)});
}

std::expected<duration, problem> read_duration(std::string_view flag, const std::string& text, duration least) {
  const auto parsed = parse_duration(text);
  if (!parsed) return wrong(flag, parsed.error() + ", found \"" + text + "\"");
  if (*parsed < least || *parsed > std::chrono::hours(24))
    return wrong(flag, fmt::format("expected from {} to 1d, found \"{}\"", format_duration(least), text));
  return *parsed;
}

/// What the demo's first key sees.
std::vector<std::string> demo_slugs() {
  std::vector<std::string> made;
  for (const auto& one : mock::seeded_budgets())
    if (one.kind == mock::family::provider && one.workspace == "acme-prod") made.emplace_back(one.slug);
  return made;
}

std::expected<replay::slugs, std::string> slugs_of(const std::string& format, const std::string& file,
                                                   std::uint64_t records) {
  if (!file.empty()) return replay::read_slugs(file);
  if (!format.empty()) return replay::slugs::numbered(format, records == 0 ? usual_records : records);
  auto known = demo_slugs();
  if (records > known.size())
    return std::unexpected(
        fmt::format("the demo has {} providers: expected --slug-format or --slug-file", known.size()));
  if (records > 0) known.resize(records);
  return replay::slugs::listed(std::move(known));
}

}  // namespace

void replay_flags::add_to(CLI::App& command) {
  command.footer(std::string(footer));
  add_load(command);
  add_requests(command);
  add_report(command);
}

void replay_flags::add_load(CLI::App& command) {
  const auto load = [&](const char* name, auto& into, const char* type, const char* help) {
    return command.add_option(name, into, help)->type_name(type)->group("Load");
  };
  load("--url", url_, "URL", "What is asked: http://HOST:PORT[/PREFIX], https://... or unix:/PATH")
      ->capture_default_str();
  load("-R,--rate", rate_, "REQUESTS", "How many a second (1000; of a pattern, as it was recorded)")
      ->check(CLI::Range(0.001, 10'000'000.0));
  load("-d,--duration", duration_, "DURATION", "How long to measure, after the warm-up (30s; a pattern once)");
  load("-c,--connections", connections_, "NUMBER", "Connections of all threads; on each a request at a time")
      ->check(CLI::Range(std::size_t{1}, most_connections))
      ->capture_default_str();
  load("-t,--threads", threads_, "NUMBER", "Threads that send, each with its share of connections and requests")
      ->check(CLI::Range(1U, 256U))
      ->capture_default_str();
  load("--warm-up", warm_up_, "DURATION", "Sent at the same rate before, and not measured (2s; of a pattern 0s)");
  load("--timeout", timeout_, "DURATION", "For a whole answer, from when its request was sent")->capture_default_str();
  load("--ca-file", ca_file_, "FILE", "Certificates (PEM) to trust instead of the system's");
  command.add_flag("--insecure", insecure_, "Take any certificate")->group("Load");
}

void replay_flags::add_requests(CLI::App& command) {
  const auto requests = [&](const char* name, auto& into, const char* type, const char* help) {
    return command.add_option(name, into, help)->type_name(type)->group("Requests");
  };
  CLI::Option* generated[]{
      requests("--path", path_, "PATH", "Path and query of each request; {slug} is where a slug goes")
          ->capture_default_str(),
      requests("--records", records_, "NUMBER", "How many slugs (1000 with --slug-format; all of a list)")
          ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000})),
      requests("--slug-format", slug_format_, "FORMAT",
               "Slugs by number from 1: prod-%d or prod-%05d; without it the providers of the demo"),
      requests("--slug-file", slug_file_, "FILE", "A slug a line instead, the most asked for first"),
      requests("--zipf", zipf_, "EXPONENT", "The n-th slug is asked for in proportion to 1/n^EXPONENT; 0 is evenly")
          ->check(CLI::Range(0.0, 10.0))
          ->capture_default_str(),
      requests("--arrivals", arrivals_, "KIND", "Starts at equal distances, or as many independent clients would")
          ->check(CLI::IsMember({"constant", "poisson"}))
          ->capture_default_str()};
  generated[2]->excludes(generated[3]);
  CLI::Option* pattern = requests("--pattern", pattern_, "FILE",
                                  "Play these JSON lines instead of what the six flags above make; see below");
  for (CLI::Option* each : generated) pattern->excludes(each);
  requests("--credential-file", credential_file_, "FILE",
           "An API key a line, or header lines with an empty line between credentials; each request draws one (the "
           "demo's first key)");
  requests("--seed", seed_, "NUMBER", "The same seed asks for the same things in the same order")
      ->capture_default_str();
  requests("-H,--header", headers_, "'NAME: VALUE'", "A further header of each request; may be repeated");
}

void replay_flags::add_report(CLI::App& command) {
  const auto report = [&](const char* name, auto& into, const char* type, const char* help) {
    return command.add_option(name, into, help)->type_name(type)->group("Report");
  };
  report("--hdr", hdr_, "OUT.hgrm",
         "Write the corrected latencies as HdrHistogram text, in milliseconds, and the uncorrected ones to "
         "OUT.uncorrected.hgrm");
  report("--json", json_, "OUT.json", "Write the report as JSON too");
  command.add_flag("--progress", progress_, "A line each second on standard error, even if that is no terminal")
      ->group("Report");
  report("--max-errors", most_errors_, "PERCENT", "Exit code 1 if more of the requests failed")
      ->check(CLI::Range(0.0, 100.0));
  report("--max-p99", most_p99_, "DURATION", "Exit code 1 if the corrected p99 is longer");
  report("--min-hit-ratio", least_hits_, "PERCENT", "Exit code 1 if fewer of the answers were hits")
      ->check(CLI::Range(0.0, 100.0));
}

auto replay_flags::settings() const -> result<replay::run_settings> {
  replay::run_settings made{.connections = connections_, .threads = threads_};
  if (connections_ < threads_) return wrong("--connections", "expected at least one for each thread");
  const auto timeout = read_duration("--timeout", timeout_, std::chrono::milliseconds(1));
  if (!timeout) return std::unexpected(timeout.error());
  made.timeout = *timeout;
  made.warm_up = pattern_.empty() ? usual_warm_up : duration{};
  if (!warm_up_.empty()) {
    const auto warm_up = read_duration("--warm-up", warm_up_, duration{});
    if (!warm_up) return std::unexpected(warm_up.error());
    made.warm_up = *warm_up;
  }
  made.progress = progress_ || ::isatty(STDERR_FILENO) == 1;
  return made;
}

auto replay_flags::wanted() const -> result<replay::gates> {
  replay::gates made{.most_errors = most_errors_, .most_p99 = {}, .least_hits = least_hits_};
  if (most_p99_.empty()) return made;
  const auto p99 = read_duration("--max-p99", most_p99_, duration{});
  if (!p99) return std::unexpected(p99.error());
  made.most_p99 = *p99;
  return made;
}

auto replay_flags::header_lines() const -> result<std::string> {
  std::string made;
  for (const std::string& each : headers_) {
    const auto line = replay::header_line_of_flag(each);
    if (!line) return wrong("--header", line.error());
    made += *line;
  }
  return made;
}

auto replay_flags::make_generated(replay_plan& into, duration length, replay::request_frame frame) const
    -> result<void> {
  if (!path_.starts_with('/') || !http::is_target_text(path_))
    return wrong("--path", "expected a path that begins with / and has no white space");
  auto names = slugs_of(slug_format_, slug_file_, records_);
  if (!names && slug_file_.empty()) return wrong(slug_format_.empty() ? "--records" : "--slug-format", names.error());
  if (!names) return wrong("--slug-file", names.error());
  const double rate = rate_.value_or(usual_rate);
  into.described = fmt::format("generated: {:g}/s, {} arrivals, {} slugs by Zipf {:g}, {} credentials, seed {}", rate,
                               arrivals_, names->size(), zipf_, frame.credentials.size(), seed_);
  into.work = std::make_unique<replay::generated_workload>(
      replay::generation{.rate = rate,
                         .length = length,
                         .when = arrivals_ == "poisson" ? replay::arrivals::poisson : replay::arrivals::constant,
                         .exponent = zipf_,
                         .seed = seed_,
                         .path = path_},
      std::move(*names), std::move(frame));
  return {};
}

auto replay_flags::make_recorded(replay_plan& into, std::optional<duration> length, replay::request_frame frame) const
    -> result<void> {
  auto read = replay::read_pattern(pattern_, frame.credentials.size());
  if (!read) return wrong("--pattern", read.error());
  const std::size_t requests = read->requests.size();
  const std::uint64_t passed_over = read->passed_over;
  auto made = replay::recorded_workload::make(std::move(*read), {.rate = rate_, .length = length, .seed = seed_},
                                              std::move(frame));
  if (!made) return wrong("--pattern", made.error());
  into.described = fmt::format("recorded: {} requests of {} ({} lines passed over) at {:.1f}/s, seed {}", requests,
                               pattern_, passed_over, (*made)->rate(), seed_);
  into.work = std::move(*made);
  return {};
}

auto replay_flags::frame() const -> result<replay::request_frame> {
  replay::request_frame made;
  auto lines = header_lines();
  if (!lines) return std::unexpected(std::move(lines.error()));
  made.header_lines = std::move(*lines);
  if (credential_file_.empty()) {
    made.credentials.emplace_back(fmt::format("x-portkey-api-key: {}\r\n", mock::acme_prod_key));
    return made;
  }
  auto read = replay::read_credentials(credential_file_);
  if (!read) return wrong("--credential-file", read.error());
  made.credentials = std::move(*read);
  return made;
}

auto replay_flags::plan() const -> result<replay_plan> {
  replay_plan made;
  made.seed = seed_;
  auto run = settings();
  if (!run) return std::unexpected(std::move(run.error()));
  made.settings = *run;
  auto gates = wanted();
  if (!gates) return std::unexpected(std::move(gates.error()));
  made.wanted = *gates;
  std::optional<duration> length;
  if (!duration_.empty()) {
    const auto measured = read_duration("--duration", duration_, std::chrono::milliseconds(1));
    if (!measured) return std::unexpected(measured.error());
    length = *measured + made.settings.warm_up;
  }
  auto frame = this->frame();
  if (!frame) return std::unexpected(std::move(frame.error()));
  auto to = replay::find_target(url_, {.ca_file = ca_file_, .verified = !insecure_});
  if (!to) return std::unexpected(std::move(to.error()));
  made.to = std::move(*to);
  frame->prefix = made.to.prefix;
  frame->host = made.to.host;
  const auto worked =
      pattern_.empty() ? make_generated(made, length.value_or(usual_length + made.settings.warm_up), std::move(*frame))
                       : make_recorded(made, length, std::move(*frame));
  if (!worked) return std::unexpected(worked.error());
  if (made.work->length() <= made.settings.warm_up)
    return wrong("--warm-up",
                 fmt::format("expected less than the {} that the pattern takes", format_duration(made.work->length())));
  return made;
}

}  // namespace sidecache::app
