#include "app/run_service.hpp"

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <functional>
#include <iostream>

#include "app/demo_text.hpp"
#include "app/descriptor_limit.hpp"
#include "app/mock_service.hpp"
#include "app/service.hpp"

namespace sidecache::app {
namespace {

namespace asio = boost::asio;

/// Provider keys are in this process's memory: it leaves no picture of it behind.
void forbid_core_dumps() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
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

/// Blocks until the second signal, or until what the first one began says that it is done.
class until_signal {
 public:
  until_signal() : signals_(context_, SIGTERM, SIGINT) {}

  /// `begin(done)` is called at the first signal and at every further one.
  void wait(const std::function<void(std::function<void()>)>& begin) {
    const auto done = [this] { asio::post(context_, [this] { signals_.cancel(); }); };
    asio::post(context_, [this, begin, done] { next(begin, done); });
    context_.run();
  }

 private:
  void next(const std::function<void(std::function<void()>)>& begin, const std::function<void()>& done) {
    signals_.async_wait([this, begin, done](const boost::system::error_code& cancelled, int number) {
      if (cancelled) return;
      spdlog::info("signal {}: shutting down", number);
      begin(done);
      next(begin, done);
    });
  }

  asio::io_context context_{1};
  asio::signal_set signals_;
};

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

void announce_all(const service& running) {
  for (const announced& one : running.listening()) announce(one);
}

}  // namespace

exit_code serve(config::loaded_settings settings) {
  forbid_core_dumps();
  return guarded([&] {
    const auto inherited = net::take_inherited_sockets();  // before there are threads: it changes the environment
    metrics::log log(log_settings(settings.values));
    prepare_descriptors(settings.values);
    until_signal signals;
    service running(std::move(settings), log, inherited);
    running.open();
    announce_all(running);
    signals.wait([&](const std::function<void()>& done) { running.drain(running.settings().shutdown.grace, done); });
  });
}

exit_code serve_mock(const mock::options& options) {
  return guarded([&] {
    const metrics::log log(metrics::log_settings{});
    until_signal signals;
    mock_service running(options);
    running.open();
    announce(running.listening());
    signals.wait([&](std::function<void()> done) { running.drain(duration{}, std::move(done)); });
  });
}

exit_code serve_demo(const mock::options& options, const load_with_upstream& load) {
  forbid_core_dumps();
  exit_code code = exit_ok;
  const exit_code guarded_code = guarded([&] {
    until_signal signals;
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
    announce_all(running);
    std::cout << demo_text(control_plane.listening().where, running.listening()) << std::flush;
    signals.wait([&](const std::function<void()>& done) { running.drain(running.settings().shutdown.grace, done); });
  });
  return guarded_code == exit_ok ? code : guarded_code;
}

}  // namespace sidecache::app
