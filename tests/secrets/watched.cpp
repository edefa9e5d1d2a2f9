// watched WORDS KEY=VALUE...: sidecache with these settings in a process that looks through its own memory.
//
// Prints `listening: proxy URL` and `listening: metrics URL`. At SIGUSR1 it looks for the words of the file WORDS (see
// memory_search.hpp) and prints `look N:` and what it found where, as NAME=PLACE*TIMES; at SIGTERM it ends.
// A process of another program can't do this to sidecache: that its memory can't be read is what it promises too.
#include <csignal>
#include <cstring>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "secrets/memory_search.hpp"
#include "sidecache/proxy.hpp"

namespace {

sigset_t awaited() {
  sigset_t all;
  sigemptyset(&all);
  sigaddset(&all, SIGUSR1);
  sigaddset(&all, SIGTERM);
  return all;
}

void say(unsigned number, const sidecache::secrets::memory_search::findings& found) {
  std::cout << "look " << number << ":";
  for (const auto& [name, places] : found)
    for (const auto& [place, times] : places) std::cout << " " << name << "=" << place << "*" << times;
  std::cout << "\n" << std::flush;
}

int run(int argc, char** argv) {
  sidecache::secrets::memory_search memory(argv[1]);
  sidecache::embedded_proxy::settings with;
  for (int i = 2; i < argc; ++i) {
    const std::string_view text = argv[i];
    const auto sign = text.find('=');
    with.emplace_back(text.substr(0, sign), text.substr(sign + 1));
  }
  const sigset_t signals = awaited();
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before there are threads, which inherit it
  sidecache::embedded_proxy proxy(with);
  proxy.start();
  std::cout << "listening: proxy http://127.0.0.1:" << proxy.port() << "\n"
            << "listening: metrics http://127.0.0.1:" << proxy.metrics_port() << "\n"
            << std::flush;
  for (unsigned looks = 0;;) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    if (signal == SIGTERM) break;
    say(++looks, memory.look());
  }
  proxy.stop(std::chrono::seconds(1));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::cerr << "usage: watched WORDS KEY=VALUE...\n";
    return 64;
  }
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "watched: " << error.what() << "\n";
    return 1;
  }
}
