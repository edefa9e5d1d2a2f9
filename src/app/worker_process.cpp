#include "app/worker_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <system_error>

namespace sidecache::app {
namespace {

constexpr int first_inherited = 3;  // SD_LISTEN_FDS_START
constexpr std::string_view pid_variable = "LISTEN_PID=";
constexpr std::size_t longest_pid = 20;
constexpr int cannot_execute = 127;  // as a shell has it

[[noreturn]] void fail(const char* what) { throw std::system_error(errno, std::system_category(), what); }

std::shared_ptr<proxy::tenure_page> map_page(int descriptor) {
  void* const at = ::mmap(nullptr, sizeof(proxy::tenure_page), PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  if (at == MAP_FAILED) fail("mmap");
  return {static_cast<proxy::tenure_page*>(at), [](void* mapped) { ::munmap(mapped, sizeof(proxy::tenure_page)); }};
}

/// What systemd told the supervisor is not meant for its workers: sockets, and where to say how far it is.
bool is_handed_on(std::string_view variable) {
  return !variable.starts_with("LISTEN_") && !variable.starts_with("NOTIFY_SOCKET=");
}

/// Everything that the child needs between fork() and exec(), which may not allocate.
class image {
 public:
  image(const worker_blueprint& blueprint, std::uint32_t seat, int channel)
      : program_(blueprint.program), descriptors_(blueprint.sockets) {
    descriptors_.push_back(blueprint.page);
    descriptors_.push_back(channel);
    const std::size_t sockets = blueprint.sockets.size();
    arguments_.push_back(blueprint.program);
    arguments_.insert(arguments_.end(), blueprint.arguments.begin(), blueprint.arguments.end());
    arguments_.push_back(fmt::format("--worker={},{},{},{}", seat, blueprint.giver_keeps ? 1 : 0,
                                     first_inherited + sockets, first_inherited + sockets + 1));
    for (char** at = environ; *at != nullptr; ++at)
      if (is_handed_on(*at)) variables_.emplace_back(*at);
    variables_.push_back(fmt::format("LISTEN_FDS={}", sockets));
    variables_.push_back("LISTEN_FDNAMES=" + blueprint.socket_names);
    variables_.push_back(std::string(pid_variable) + std::string(longest_pid, '\0'));
    for (std::string& each : arguments_) argv_.push_back(each.data());
    for (std::string& each : variables_) envp_.push_back(each.data());
    argv_.push_back(nullptr);
    envp_.push_back(nullptr);
  }

  /// In the child.
  [[noreturn]] void become() {
    sigset_t none;
    sigemptyset(&none);
    ::pthread_sigmask(SIG_SETMASK, &none, nullptr);
    for (std::size_t i = 0; i < descriptors_.size(); ++i)
      if (::dup2(descriptors_[i], first_inherited + static_cast<int>(i)) < 0) ::_exit(cannot_execute);
    char* const digits = variables_.back().data() + pid_variable.size();
    std::to_chars(digits, digits + longest_pid, ::getpid());
    ::execve(program_.c_str(), argv_.data(), envp_.data());
    ::_exit(cannot_execute);
  }

 private:
  std::string program_;
  std::vector<int> descriptors_;
  std::vector<std::string> arguments_;
  std::vector<std::string> variables_;  // LISTEN_PID last
  std::vector<char*> argv_;
  std::vector<char*> envp_;
};

}  // namespace

owned_descriptor::~owned_descriptor() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

owned_descriptor moved_up(int descriptor) {
  constexpr int above = 256;
  const owned_descriptor was(descriptor);
  owned_descriptor up(::fcntl(descriptor, F_DUPFD_CLOEXEC, above));
  if (up.get() < 0) fail("fcntl");
  return up;
}

started_worker start_worker(const worker_blueprint& blueprint, std::uint32_t seat) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) fail("socketpair");
  owned_descriptor mine(ends[0]);
  const owned_descriptor its = moved_up(ends[1]);
  image prepared(blueprint, seat, its.get());
  const pid_t child = ::fork();
  if (child < 0) fail("fork");
  if (child == 0) prepared.become();
  return {.pid = child, .channel = std::move(mine)};
}

shared_page make_page() {
  const int descriptor = ::memfd_create("sidecache-tenure", MFD_CLOEXEC);
  if (descriptor < 0) fail("memfd_create");
  shared_page made{.descriptor = moved_up(descriptor), .page = nullptr};
  if (::ftruncate(made.descriptor.get(), sizeof(proxy::tenure_page)) != 0) fail("ftruncate");
  made.page = map_page(made.descriptor.get());
  return made;
}

std::expected<supervised_worker, std::string> read_worker_flag(std::string_view text) {
  const auto refused = [] {
    return std::unexpected(std::string("flag --worker: is a supervisor's own; did you mean --supervise?"));
  };
  std::array<int, 4> numbers{};
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), numbers[i]);
    if (error != std::errc{} || numbers[i] < 0) return refused();
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    if (i + 1 < numbers.size() && !text.starts_with(',')) return refused();
    if (i + 1 < numbers.size()) text.remove_prefix(1);
  }
  const auto [seat, keeps, page, channel] = numbers;
  for (const int inherited : {page, channel})
    if (::fcntl(inherited, F_SETFD, FD_CLOEXEC) != 0) return refused();
  if (!text.empty() || seat > 1) return refused();
  const owned_descriptor memory(page);
  return supervised_worker{.giver_keeps = keeps != 0,
                           .tenure = proxy::tenure(map_page(page), static_cast<std::uint32_t>(seat)),
                           .channel = owned_descriptor(channel)};
}

void started_worker::tell(int signal) const {
  const char byte = static_cast<char>(signal);
  ::send(channel.get(), &byte, 1, MSG_NOSIGNAL);
}

void supervised_worker::say_ready() const { say(channel.get(), worker_news::ready); }

void say(int channel, worker_news what) {
  const auto byte = std::to_underlying(what);
  ::send(channel, &byte, 1, MSG_NOSIGNAL);
}

}  // namespace sidecache::app
