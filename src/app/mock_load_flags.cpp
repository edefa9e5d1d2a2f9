#include "app/mock_load_flags.hpp"

#include <CLI/CLI.hpp>
#include <fstream>
#include <iterator>
#include <optional>

#include "app/fault_timeline_file.hpp"
#include "base/slug_format.hpp"

namespace sidecache::app {
namespace {

constexpr std::size_t largest_file = std::size_t{1024} * 1024;

std::optional<std::string> text_of(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in || text.size() > largest_file) return std::nullopt;
  return text;
}

}  // namespace

void mock_load_flags::add_to(CLI::App& command) {
  const auto group = [](CLI::Option* option, const char* type) { return option->type_name(type)->group("Load"); };
  group(command.add_option("--records", options_.records,
                           "Answer so many lookups of each kind by formula; nothing is stored for them"),
        "NUMBER")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1'000'000'000'000}));
  group(command.add_option("--slug-format", options_.slug_format, "Their slugs, numbered from 1"), "FORMAT")
      ->capture_default_str();
  group(command.add_option("--record-bytes", options_.record_bytes,
                           "How long such an answer is, or what its fields need if that is more"),
        "BYTES")
      ->capture_default_str()
      ->check(CLI::Range(std::uint64_t{0}, std::uint64_t{1024} * 1024 * 1024));
  command.add_flag("--any-credential", options_.any_credential, "Take an unknown API key for acme-prod's")
      ->group("Load");
  group(command.add_option("--journal", journal_,
                           "Keep what was asked one by one for /__mock/requests (on, but off with --records, whose hot "
                           "path has no time for it); counts are kept in any case"),
        "on|off")
      ->check(CLI::IsMember({"on", "off"}));
  auto* const by_shape =
      group(command.add_option("--latency-distribution", distribution_,
                               "Added to every answer: constant(20ms), uniform(10ms..30ms), exponential(mean=20ms) or "
                               "lognormal(p50=20ms,p99=120ms)"),
            "SHAPE");
  group(command.add_option("--latency-quantiles", quantiles_file_,
                           "The same by a file: a quantile and a delay a line, or what `replay --hdr` wrote"),
        "FILE")
      ->excludes(by_shape);
  group(command.add_option("--faults", faults_file_, "What goes wrong when: a YAML list, see the README"), "FILE");
  group(command.add_option("--threads", bearing_.threads, "Threads that answer"), "NUMBER")
      ->capture_default_str()
      ->check(CLI::Range(1, 256));
  group(command.add_option("--connections", bearing_.connections, "How many are accepted; further ones wait"), "NUMBER")
      ->capture_default_str()
      ->check(CLI::Range(1, 1'000'000));
  auto* const certificate = group(command.add_option("--tls-certificate-file", bearing_.tls_certificate_file,
                                                     "Speak TLS with this certificate (PEM)"),
                                  "FILE");
  group(command.add_option("--tls-key-file", bearing_.tls_key_file, "Its key, where that stands elsewhere"), "FILE")
      ->needs(certificate);
}

std::vector<std::string> mock_load_flags::apply(mock::options& to) const {
  std::vector<std::string> errors;
  to.records = options_.records;
  to.record_bytes = options_.record_bytes;
  to.any_credential = options_.any_credential;
  to.slug_format = options_.slug_format;
  to.journal = journal_.empty() ? to.records == 0 : journal_ == "on";
  if (const auto format = slug_format::parse(to.slug_format); !format)
    errors.push_back("flag --slug-format: " + format.error());
  read_delays(to, errors);
  if (faults_file_.empty()) return errors;
  const auto text = text_of(faults_file_);
  if (!text) {
    errors.push_back("flag --faults: " + faults_file_ + " can't be read, or has more than 1 MiB");
    return errors;
  }
  auto faults = read_timeline(faults_file_, *text);
  if (faults) {
    to.timeline = *std::move(faults);
  } else {
    for (const auto& error : faults.error()) errors.push_back(error.message());
  }
  return errors;
}

void mock_load_flags::read_delays(mock::options& to, std::vector<std::string>& errors) const {
  if (!distribution_.empty()) {
    const auto shape = mock::delay_distribution::parse(distribution_);
    if (!shape) errors.push_back("flag --latency-distribution: " + shape.error() + ", found \"" + distribution_ + "\"");
    if (shape) to.delays = *shape;
  }
  if (quantiles_file_.empty()) return;
  const auto text = text_of(quantiles_file_);
  if (!text) {
    errors.push_back("flag --latency-quantiles: " + quantiles_file_ + " can't be read, or has more than 1 MiB");
    return;
  }
  const auto shape = mock::delay_distribution::parse_quantiles(*text);
  if (!shape) errors.push_back(quantiles_file_ + ":" + shape.error());
  if (shape) to.delays = *shape;
}

}  // namespace sidecache::app
