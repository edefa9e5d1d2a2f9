#include "app/run_service.hpp"

#include <malloc.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <iostream>

#include "app/demo_text.hpp"
#include "app/descriptor_limit.hpp"
#include "app/mock_capacity.hpp"
#include "app/mock_service.hpp"
#include "app/notices.hpp"
#include "app/process_life.hpp"
#include "app/service.hpp"
#include "app/supervisor.hpp"

namespace sidecache::app {
namespace {

/// A cache frees in another order than it allocates. Left to itself the C library raises, with the first large body
/// that is freed, the size from which on an allocation is a mapping of its own, and large bodies among small ones then
/// leave holes that resident memory grows by. Naming the size, its own first one, keeps it.
/// A heap of a thread's own grows by a page at a time, with a system call each; the process's by as much as it is told.
/// One worker has nobody to share that with but threads that rarely allocate.
void keep_heap_compact(std::uint64_t workers) {
  constexpr int mapped_from = 128 * 1024;
  mallopt(M_MMAP_THRESHOLD, mapped_from);     // NOLINT(concurrency-mt-unsafe): there are no other threads yet
  mallopt(M_TRIM_THRESHOLD, mapped_from);     // NOLINT(concurrency-mt-unsafe)
  mallopt(M_TOP_PAD, mapped_from);            // NOLINT(concurrency-mt-unsafe)
  if (workers == 1) mallopt(M_ARENA_MAX, 1);  // NOLINT(concurrency-mt-unsafe)
}

/// Once there is a log to say it in.
void prepare_descriptors(const config::settings& values) {
  const auto limit = raise_descriptor_limit();
  spdlog::info("up to {} descriptors", limit);
  if (const auto warning = descriptor_warning(values, limit); !warning.empty()) spdlog::warn("{}", warning);
}

void announce(const announced& one) {
  std::cout << "listening: " << one.name << " " << one.where << "\n" << std::flush;
}

/// Runs `start`, which binds, and says what went wrong in the words and exit codes of the contract.
exit_code guarded(const std::function<void()>& run) {
  try {
    run();
    return exit_ok;
  } catch (const net::bind_error& error) {
    std::cerr << "sidecache: " << error.what() << "\n";
    return exit_cannot_bind;
  } catch (const std::invalid_argument& error) {
    std::cerr << "sidecache: " << error.what() << "\n";
    return exit_usage;
  }
}

shutdown_terms terms_of(const config::settings& from) {
  return {.delay = from.shutdown.delay, .linger = from.shutdown.linger, .grace = from.shutdown.grace};
}

living living_of(service& running) {
  return {.terms = [&running] { return terms_of(running.settings()->values); },
          .unready = [&running] { running.unready(); },
          .drain = [&running](duration grace, const std::function<void()>& done) { running.drain(grace, done); },
          .requests = [&running] { return running.requests(); },
          .succeeded = [&running] { return running.succeeded(); }};
}

/// The same, and what reads its settings anew; whoever started it is told.
living living_of(service& running, config_source& from, notices& told) {
  living what = living_of(running);
  what.unready = [&running, &told] {
    running.unready();
    told.stopping();
  };
  const auto reload = [&running, &from, &told](std::string_view cause) {
    told.reloading(std::chrono::steady_clock::now());
    const bool taken = running.reload(from.load(), cause);
    told.reloaded(taken);
    return taken;
  };
  what.reload = [reload] { return reload("SIGHUP"); };
  what.look = [reload, &from] {
    if (from.has_changed()) reload("a changed file");
  };
  what.look_every = config_source::every;
  return what;
}

void announce_all(const service& running) {
  for (const announced& one : running.listening()) announce(one);
}

}  // namespace

exit_code serve(config::loaded_settings settings, config_source source, std::optional<supervised_worker> under) {
  keep_heap_compact(settings.values.threads);
  return guarded([&] {
    inheritance from;
    from.sockets = net::take_inherited_sockets();  // before there are threads: it changes the environment
    if (under) from.giver_keeps = under->giver_keeps;
    if (under) from.seat = under->tenure;
    metrics::log log(log_settings(settings.values));
    prepare_descriptors(settings.values);
    notices told = notices::from_environment();
    process_life life;
    life.hear_hangups();
    service running(std::move(settings), log, from);
    running.open();
    if (under) {
      under->say_ready();
      life.obey(under->channel.release());
    } else {
      announce_all(running);
      told.ready(where_lookups_go(running.listening()));
    }
    life.run(living_of(running, source, told));
  });
}

exit_code serve_supervised(const config::loaded_settings& settings, std::vector<std::string> arguments) {
  int code = exit_ok;
  const exit_code guarded_code = guarded([&] { code = supervise(settings, std::move(arguments)); });
  return guarded_code == exit_ok ? static_cast<exit_code>(code) : guarded_code;
}

exit_code serve_mock(const mock::options& options, const mock_bearing& by) {
  return guarded([&] {
    const metrics::log log(metrics::log_settings{});
    for (const std::string& warning : capacity_warnings(by.connections, raise_limits()))
      std::cerr << "warning: " << warning << "\n" << std::flush;
    process_life life;
    mock_service running(options, by);
    running.open();
    announce(running.listening());
    life.run({.terms = [] { return shutdown_terms{}; },
              .unready = [] {},
              .drain = [&](duration grace, std::function<void()> done) { running.drain(grace, std::move(done)); },
              .requests = [] { return std::uint64_t{0}; },
              .succeeded = [] { return false; }});
    std::cout << running.verdict() << std::flush;
  });
}

exit_code serve_demo(const mock::options& options, const load_with_upstream& load) {
  keep_heap_compact(1);
  exit_code code = exit_ok;
  const exit_code guarded_code = guarded([&] {
    process_life life;
    mock_service control_plane(options);
    control_plane.open();
    auto settings = load(control_plane.listening().where);
    if (!settings) {
      std::cerr << config::format_errors(settings.error()) << std::flush;
      code = exit_usage;
      return;
    }
    metrics::log log(log_settings(settings->values));
    prepare_descriptors(settings->values);
    service running(std::move(*settings), log);
    running.open();
    announce(control_plane.listening());
    const auto listening = in_the_demos_words(running.listening());
    for (const announced& one : listening) announce(one);
    std::cout << demo_text(control_plane.listening().where, listening) << std::flush;
    life.run(living_of(running));
  });
  return guarded_code == exit_ok ? code : guarded_code;
}

}  // namespace sidecache::app
