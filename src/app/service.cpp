#include "app/service.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <stdexcept>

#include "app/keep_until_passed.hpp"
#include "app/sync_peers.hpp"
#include "app/version.hpp"
#include "config/secret_file.hpp"
#include "metrics/audit_log.hpp"

namespace sidecache::app {

namespace {

/// The admin token; empty without a file. Throws std::invalid_argument where the file has none.
secret token_of(const std::string& file) {
  if (file.empty()) return {};
  auto token = config::read_secret_file(file);
  if (!token) throw std::invalid_argument("admin.token_file: " + token.error());
  return std::move(*token);
}

/// What a browser calls the admin listener by, if it listens on an address of its own and not on all of them.
std::vector<std::string> own_host(const listen_address& at) {
  if (at.is_unix() || at.is_any_host()) return {};
  return {at.host.contains(':') ? "[" + at.host + "]" : at.host};
}

}  // namespace

service::service(config::loaded_settings settings, metrics::log& log, const inheritance& from)
    : log_(log),
      in_force_(std::move(settings), clock_.now().wall),
      collector_(std::string(version)),
      tls_(client_tls(in_force_.started())),
      seat_(from.seat),
      planes_(in_force_.started(), clock_, seat_),
      workers_(in_force_.started().threads),
      console_(1, "console", true),
      console_alarms_(console_.at(0).context),
      drills_(planes_, console_alarms_),
      leaving_(planes_),
      console_counters_("console") {
  const config::settings& values = in_force_.started();
  workers_.buffers().limit(values.limits.buffered_bytes);
  planes_.serve_on(workers_, collector_, log_);
  collector_.add_source([this](std::vector<metrics::reading>& out) { add_readings(out); });

  metrics_handler_ = std::make_unique<metrics::metrics_handler>(collector_, ready_);
  admin_handler_ = std::make_unique<admin::admin_handler>(
      admin::admin_parts{.figures = collector_,
                         .cache = planes_,
                         .ready = ready_,
                         .time = clock_,
                         .version = std::string(version),
                         .settings = [this] { return setting_rows(*in_force_.now()); },
                         .further_hosts = own_host(values.admin.listen),
                         .token = token_of(values.admin.token_file),
                         .purge = [this](const admin::purge_request& order) { return planes_.purge(order); },
                         .drill = drills_,
                         .stale = planes_,
                         .peers = desk_for_peers(values, planes_),
                         .reload = [this] { return in_force_.last(); },
                         .shadow = [this] { return planes_.shadow(); },
                         .fingerprint = [this](const auto& who) { return planes_.fingerprint_of(who); }});

  metrics_pages_.emplace(*metrics_handler_, workers_);
  admin_pages_.emplace(*admin_handler_, workers_);

  add_servers(from);
}

void service::add_servers(const inheritance& from) {
  const config::settings& values = in_force_.started();
  auto groups = listening_groups(values.planes);
  auto places = net::assign_sockets(from.sockets, servers_of(groups, values));
  const net::socket_access access = socket_access(values);
  for (auto& of_server : places)
    for (auto& place : of_server) {
      place.access = access;
      place.giver_keeps = place.inherited >= 0 && from.giver_keeps;
      if (!place.address.tls) continue;
      if (!tls_) throw std::invalid_argument(url_of(place.address) + ": TLS takes tls.certificate_file");
      place.tls = tls_.get();
    }
  const auto silent = [this](std::size_t) -> proxy::observer& { return console_counters_; };
  const net::session_limits limits = session_limits(values);
  admin_server_ = std::make_unique<net::server>(
      console_, std::move(places.back()), [this](std::size_t) -> proxy::handler& { return *admin_pages_; }, silent,
      limits);
  places.pop_back();
  metrics_server_ = std::make_unique<net::server>(
      console_, std::move(places.back()), [this](std::size_t) -> proxy::handler& { return *metrics_pages_; }, silent,
      limits);
  places.pop_back();
  proxies_ = std::make_unique<plane_listeners>(std::move(groups), std::move(places), values, planes_, workers_,
                                               collector_, log_);
}

service::~service() {
  proxies_.reset();
  metrics_server_.reset();
  admin_server_.reset();
  console_.stop();
  workers_.stop();
  planes_.close();  // while the workers' contexts, to which waiters are handed over, still exist
}

void service::open() {
  metrics_server_->open();
  admin_server_->open();
  proxies_->open();
  if (tls_) tls_watch_.emplace(*tls_, console_.at(0).context);
  for (const admin::plane_shadow& each : planes_.shadow())
    if (each.mode != proxy::mode::on)
      spdlog::warn("{}: mode is {}: memory answers no lookup", each.plane,
                   proxy::mode_names[static_cast<std::size_t>(each.mode)]);
  seat_.take();  // no sooner: what may fail has not; and no later: from here on writes may come this way
  console_.start();
  workers_.start();
  ready_ = true;
}

bool service::reload(config::load_result wanted, std::string_view cause) {
  const auto before = in_force_.now();
  const auto made = in_force_.take(std::move(wanted), cause, clock_.now().wall);
  const auto audit =
      metrics::audit_line(
          {.action = "reload", .by = cause == "SIGHUP" ? "signal" : "file", .outcome = to_string(made.result)})
          .number("changes", made.changes.size());
  const std::string told = fmt::format("reload by {}: {}: {}", cause, to_string(made.result), describe(made));
  if (!made.is_taken()) {
    spdlog::error("{}; nothing was changed", told);
    audit.write();
    return false;
  }
  const auto now = in_force_.now();
  if (made.result == config::reload_result::applied) apply(now->values);  // before anybody reads that it is
  const auto log_now = log_settings(now->values);
  const auto level = log_now.level;
  log_.set_pause(log_now.pause);
  log_.set_level(std::min(level, log_settings(before->values).level));  // so that the line is there either way
  spdlog::info("{}", told);
  audit.write();
  log_.set_level(level);
  return true;
}

void service::apply(const config::settings& values) {
  const auto before =
      std::make_shared<const std::vector<std::shared_ptr<const proxy::settings>>>(planes_.change(values));
  keep_until_passed(workers_, before);
  keep_until_passed(console_, before);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    std::vector<std::shared_ptr<metrics::access_log>> lines;
    lines.reserve(planes_.size());
    for (std::size_t p = 0; p < planes_.size(); ++p) lines.push_back(planes_.at(p).access_lines(i));
    proxies_->add_access_lines(i, lines);
    boost::asio::post(workers_.at(i).context, [lines = std::move(lines), access = access_settings(values)] {
      for (const auto& each : lines) each->change(access);
    });
  }
}

std::vector<announced> service::listening() const {
  std::vector<announced> all;
  proxies_->announce_to(all);
  const auto add = [&all](const char* name, const net::server& of) {
    for (const listen_address& at : of.addresses()) all.push_back({name, url_of(at)});
  };
  add("metrics", *metrics_server_);
  add("admin", *admin_server_);
  return all;
}

void service::drain(duration grace, const std::function<void()>& done) {
  unready();
  if (!succeeded()) return proxies_->drain(grace, done, net::server::queued::served_here);
  const auto left = net::server::queued::left_to_another;
  metrics_server_->drain(grace, [] {}, left);
  admin_server_->drain(grace, [] {}, left);
  proxies_->drain(grace, done, left);
}

std::uint64_t service::requests() const {
  double all = 0;
  for (const metrics::reading& each : collector_.readings())
    if (each.id == metrics::metric::requests) all += each.value;
  return static_cast<std::uint64_t>(all);
}

void service::add_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  const auto number = [](auto n) { return static_cast<double>(n); };
  in_force_.add_readings(out);
  planes_.add_readings(out);
  proxies_->add_readings(out);
  const std::string all_planes = planes_.label();
  out.push_back({buffered_bytes, {all_planes}, number(workers_.buffers().held())});
  out.push_back({client_buffer_full, {all_planes}, number(workers_.buffers().times_full())});
  if (tls_) add_tls_readings(out);
  out.push_back({log_dropped, {}, number(log_.dropped())});
  out.push_back({audit_left_out, {}, number(admin_handler_->refusals_left_out())});
}

void service::add_tls_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  for (std::size_t i = 0; i < net::handshake_result_names.size(); ++i)
    out.push_back({tls_handshakes,
                   {std::string(net::handshake_result_names[i])},
                   static_cast<double>(tls_->handshakes(static_cast<net::handshake_result>(i)))});
  out.push_back({tls_reloads, {"taken"}, static_cast<double>(tls_->reloads())});
  out.push_back({tls_reloads, {"refused"}, static_cast<double>(tls_->refused_reloads())});
  out.push_back({tls_certificate_expiry, {}, static_cast<double>(tls_->expires_at())});
}

}  // namespace sidecache::app
