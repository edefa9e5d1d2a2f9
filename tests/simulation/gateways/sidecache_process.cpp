#include "simulation/gateways/sidecache_process.hpp"
#include "proxy/at_once.hpp"

namespace sidecache::simulation::gateways {

proxy::settings data_plane_settings(bool heals) {
  proxy::settings s;
  s.plane = "data";
  s.kind = proxy::plane_kind::data;
  s.freshness.ttl = 10s;
  s.freshness.stale_while_revalidate = 0s;
  s.stale_after = 1h;
  s.sync.heal = heals;
  return s;
}

namespace {

/// All of a fleet tell clients apart alike, as a common secret has them do; each is somebody.
process_keys keys_of(std::uint64_t seed) {
  process_keys keys;
  for (std::size_t i = 0; i < keys.instance.size(); ++i) keys.instance[i] = static_cast<unsigned char>(seed >> 8 * i);
  return keys;
}

}  // namespace

sidecache_process::sidecache_process(stage& on, truth& of, const proxy::settings& settings, std::uint64_t seed)
    : stage_(on),
      truth_(of),
      seed_(seed),
      chance_(seed ^ 1U),
      core_(settings, on.time(), keys_of(seed)),
      group_(std::vector<resilience::upstream_name>{{.name = "control-plane:443", .weight = 0}}, {}, 10) {}

sidecache_process::running::running(sidecache_process& of, asio::io_context& in, const neighbourhood* among)
    : context(in),
      origin(of.truth_, of.stage_.time(), of.stage_.alarms(), of.seed_ ^ 2U),
      others(among == nullptr ? std::optional<neighbours>{}
                              : std::optional<neighbours>{std::in_place, of.stage_, *among, of.seed_ ^ 3U}),
      resilient({&origin}, of.group_, {}, of.stage_.time(), of.stage_.alarms(),
                [&chance = of.chance_] { return chance.below(1'000'000) / 1e6; }),
      door(resilient, {}, {in.get_executor(), of.stage_.time(), of.stage_.alarms(), of.pace_, of.observer_}),
      handler(of.core_, door, of.observer_, of.stage_.alarms(), in.get_executor(), others ? &*others : nullptr) {}

void sidecache_process::start(asio::io_context& context, const neighbourhood* among) {
  running_.emplace(*this, context, among);
}

void sidecache_process::start_polling(const std::string& identifier) {
  truth_.expect(identifier);
  running_->poll.emplace(
      core_, running_->door, stage_.time(), stage_.alarms(), running_->context.get_executor(),
      proxy::poll_settings{.path = "/v1/organisation/org/sync/1?version=1", .identifier = identifier},
      secret("client-auth"));
}

void sidecache_process::stop() {
  core_.close();
  running_.reset();
}

void sidecache_process::ask(const std::string& target, const std::string& api_key, told then) {
  http::request_head head;
  head.method = http::method::get;
  head.method_name = "GET";
  head.target = target;
  head.fields.add("Authorization", "client-auth");
  head.fields.add("x-portkey-api-key", api_key);
  const auto talk = std::make_shared<tests::conversation>(std::move(head), "");
  if (const auto ready = tests::answer_at_once(running_->handler, talk->request(), true, talk->by_block)) {
    talk->take(*ready);
    then(talk->got());
    return;
  }
  asio::co_spawn(running_->context, running_->handler.handle(*talk),
                 [talk, then = std::move(then)](const std::exception_ptr& failure) {
                   if (failure) std::rethrow_exception(failure);
                   then(talk->got());
                 });
  stage_.stirred();
}

}  // namespace sidecache::simulation::gateways
