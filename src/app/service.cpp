#include "app/service.hpp"

#include <stdexcept>

#include "app/version.hpp"
#include "config/secret_file.hpp"
#include "resilience/admission.hpp"

namespace sidecache::app {

/// What belongs to one worker thread.
struct service::worker_parts {
  worker_parts(net::worker& on, proxy::core& shared, const shared_upstreams& control_planes,
               metrics::worker_counters& counters, metrics::log& log, const config::settings& values, const clock& time,
               resilience::recovery_pace& pace)
      : access_log(values.log.access == config::access_log::off
                       ? nullptr
                       : std::make_unique<metrics::access_log>(counters, log, access_settings(values))),
        observer(access_log ? static_cast<proxy::observer&>(*access_log) : counters),
        upstreams(on, control_planes, time, observer),
        door(upstreams.origin(), admission_settings(values),
             {on.context.get_executor(), time, upstreams.clocks(), pace, observer}),
        handler(shared, door, observer, upstreams.clocks(), on.context.get_executor()) {}

  std::unique_ptr<metrics::access_log> access_log;
  proxy::observer& observer;
  worker_upstreams upstreams;
  resilience::admission door;
  proxy::proxy_handler handler;
};

class service::entries_view final : public admin::cache_view {
 public:
  entries_view(const proxy::core& of, const clock& time) : core_(of), clock_(time) {}

  [[nodiscard]] std::vector<admin::entry_row> entries(std::size_t limit) const override {
    std::vector<admin::entry_row> rows;
    const instant now = clock_.now();
    core_.for_each_entry([&](const cache::entry& e, std::uint8_t /*marks*/, std::string_view credential) {
      if (rows.size() >= limit) return false;
      if (e.what == cache::entry_class::marker) return true;
      rows.push_back({.route = http::route_of(e.kind),
                      .ident = e.ident,
                      .credential = std::string(credential),
                      .status = e.status,
                      .bytes = e.cost(),
                      .age = now.mono - e.stored_at,
                      .ttl = e.fresh_until - now.mono});
      return true;
    });
    return rows;
  }
  [[nodiscard]] std::size_t entry_count() const override {
    std::size_t count = 0;
    for (const std::size_t of_a_kind : core_.figures().items) count += of_a_kind;
    return count;
  }

 private:
  const proxy::core& core_;
  const clock& clock_;
};

namespace {

cache::purge_order order_of(const admin::purge_request& from, const proxy::core& core) {
  cache::purge_order to{.kind = from.kind,
                        .slug = from.slug,
                        .uuid = from.uuid,
                        .integration = from.integration,
                        .workspace = from.workspace,
                        .partition = {},
                        .soft = from.soft};
  if (from.names_credential())
    to.partition =
        core.partition_of({.authorization = from.authorization.view(), .api_key = from.api_key.view(), .state = {}});
  return to;
}

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
    : settings_(std::move(settings)),
      log_(log),
      collector_(std::string(version)),
      tls_(client_tls(settings_.values)),
      seat_(from.seat),
      core_(std::make_unique<proxy::core>(proxy_settings(settings_.values, version), clock_, process_keys::random(),
                                          seat_)),
      upstreams_(make_upstreams(settings_.values)),
      workers_(settings_.values.threads),
      console_(1, "console"),
      console_counters_("console") {
  const config::settings& values = settings_.values;
  workers_.buffers().limit(values.limits.buffered_bytes);
  for (std::size_t i = 0; i < workers_.size(); ++i)
    parts_.push_back(std::make_unique<worker_parts>(
        workers_.at(i), *core_, upstreams_, collector_.add_worker(core_->config().plane), log_, values, clock_, pace_));
  collector_.add_source([this](std::vector<metrics::reading>& out) { add_readings(out); });

  entries_ = std::make_unique<entries_view>(*core_, clock_);
  metrics_handler_ = std::make_unique<metrics::metrics_handler>(collector_, ready_);
  admin_handler_ = std::make_unique<admin::admin_handler>(admin::admin_parts{
      .figures = collector_,
      .cache = *entries_,
      .ready = ready_,
      .time = clock_,
      .version = std::string(version),
      .settings = [this] { return setting_rows(settings_); },
      .further_hosts = own_host(values.admin.listen),
      .token = token_of(values.admin.token_file),
      .purge = [this](const admin::purge_request& order) { return core_->purge(order_of(order, *core_)); },
      .coverage = [this] { return core_->coverage_at(clock_.now()); },
      .drill = core_->drill()});

  metrics_pages_.emplace(*metrics_handler_, workers_);
  admin_pages_.emplace(*admin_handler_, workers_);

  add_servers(from);
}

void service::add_servers(const inheritance& from) {
  const config::settings& values = settings_.values;
  auto places = net::assign_sockets(
      from.sockets,
      {{"proxy", values.plane.listen}, {"metrics", {values.metrics.listen}}, {"admin", {values.admin.listen}}});
  const net::socket_access access = socket_access(values);
  for (auto& of_server : places)
    for (auto& place : of_server) {
      place.access = access;
      place.giver_keeps = place.inherited >= 0 && from.giver_keeps;
      if (!place.address.tls) continue;
      if (!tls_) throw std::invalid_argument(url_of(place.address) + ": TLS takes tls.certificate_file");
      place.tls = tls_.get();
    }
  const net::session_limits limits = session_limits(values);
  proxies_ = std::make_unique<net::server>(
      workers_, std::move(places[0]), [this](std::size_t i) -> proxy::handler& { return parts_[i]->handler; },
      [this](std::size_t i) -> proxy::observer& { return parts_[i]->observer; }, limits);
  const auto silent = [this](std::size_t) -> proxy::observer& { return console_counters_; };
  metrics_server_ = std::make_unique<net::server>(
      console_, std::move(places[1]), [this](std::size_t) -> proxy::handler& { return *metrics_pages_; }, silent,
      limits);
  admin_server_ = std::make_unique<net::server>(
      console_, std::move(places[2]), [this](std::size_t) -> proxy::handler& { return *admin_pages_; }, silent, limits);
}

service::~service() {
  proxies_.reset();
  metrics_server_.reset();
  admin_server_.reset();
  console_.stop();
  workers_.stop();
  core_->close();  // while the workers' contexts, to which waiters are handed over, still exist
}

void service::open() {
  metrics_server_->open();
  admin_server_->open();
  proxies_->open();
  if (tls_) tls_watch_.emplace(*tls_, console_.at(0).context);
  seat_.take();  // no sooner: what may fail has not; and no later: from here on writes may come this way
  console_.start();
  workers_.start();
  ready_ = true;
}

std::vector<announced> service::listening() const {
  std::vector<announced> all;
  const auto add = [&all](const char* name, const net::server& of) {
    for (const listen_address& at : of.addresses()) all.push_back({name, url_of(at)});
  };
  add("proxy", *proxies_);
  add("metrics", *metrics_server_);
  add("admin", *admin_server_);
  return all;
}

void service::drain(duration grace, const std::function<void()>& done) {
  unready();
  if (!succeeded()) return proxies_->drain(grace, done);
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
  const std::string& plane = core_->config().plane;
  const cache_figures figures = core_->figures();
  for (std::size_t i = 0; i < 3; ++i)
    out.push_back(
        {cache_entries, {plane, std::string(http::to_string(static_cast<http::route>(i)))}, number(figures.items[i])});
  out.push_back({cache_bytes, {plane}, number(figures.bytes)});
  out.push_back({cache_evictions, {plane, "capacity"}, number(figures.evicted)});
  out.push_back({cache_evictions, {plane, "capacity_expendable"}, number(figures.evicted_expendable)});
  out.push_back({cache_evictions, {plane, "negative_share"}, number(figures.evicted_over_share)});
  out.push_back({cache_evictions, {plane, "expired"}, number(figures.expired)});
  for (std::size_t i = 0; i < proxy::invalidation_source_names.size(); ++i)
    out.push_back({invalidations,
                   {plane, std::string(proxy::invalidation_source_names[i])},
                   number(core_->invalidations(static_cast<proxy::invalidation_source>(i)))});
  out.push_back({connections_refused, {plane, "limit"}, number(proxies_->pauses_at_limit())});
  out.push_back({connections_refused, {plane, "accept_error"}, number(proxies_->accept_errors())});
  out.push_back({connections_refused, {plane, "client_limit"}, number(proxies_->refused_for_client())});
  const proxy::coverage covered = core_->coverage_at(clock_.now());
  out.push_back({coverage_keys, {plane, "covered"}, number(covered.covered)});
  out.push_back({coverage_keys, {plane, "missing"}, number(covered.asked - covered.covered)});
  if (covered.first_lost)
    out.push_back({coverage_seconds, {plane}, std::chrono::duration<double>(*covered.first_lost).count()});
  out.push_back({drill_active, {plane}, core_->drill().on(clock_.now().mono) ? 1.0 : 0.0});
  out.push_back({buffered_bytes, {plane}, number(workers_.buffers().held())});
  out.push_back({client_buffer_full, {plane}, number(workers_.buffers().times_full())});
  app::add_readings(*upstreams_.group, plane, out);
  add_admission_readings(out);
  if (tls_) add_tls_readings(out);
  out.push_back({log_dropped, {}, number(log_.dropped())});
}

void service::add_admission_readings(std::vector<metrics::reading>& out) const {
  using enum metrics::metric;
  const std::string& plane = core_->config().plane;
  for (const auto& each : parts_) {
    out.push_back({upstream_queue_waiting, {plane}, static_cast<double>(each->door.waiting())});
    out.push_back({upstream_concurrency_limit, {plane}, static_cast<double>(each->door.limit())});
    for (std::size_t i = 0; i < proxy::urgency_count; ++i) {
      const auto how = static_cast<proxy::urgency>(i);
      out.push_back({upstream_shed, {plane, std::string(to_string(how))}, static_cast<double>(each->door.shed(how))});
    }
  }
  out.push_back({upstream_recovery, {plane}, pace_.recovering(clock_.now().mono) ? 1.0 : 0.0});
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
