#include "net/socket_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace sidecache::net {
namespace {

[[noreturn]] void fail(const std::string& what, int error) {
  throw std::runtime_error(what + std::system_category().message(error));
}

sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  return address;
}

template <class Call>
int with_address(const std::string& path, Call call) {
  const sockaddr_un address = address_of(path);
  return call(reinterpret_cast<const sockaddr*>(&address), static_cast<socklen_t>(sizeof address));
}

/// Nobody listens behind it. Without waiting: a listener whose queue is full is there all the same (EAGAIN).
bool is_stale(const std::string& path) {
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (probe < 0) return false;
  const int result =
      with_address(path, [probe](const sockaddr* to, socklen_t size) { return ::connect(probe, to, size); });
  const bool refused = result != 0 && errno == ECONNREFUSED;
  ::close(probe);
  return refused;
}

bool is_same_file(const struct stat& a, const struct stat& b) { return a.st_dev == b.st_dev && a.st_ino == b.st_ino; }

}  // namespace

socket_file::socket_file(int descriptor, std::string path, const socket_access& access) : path_(std::move(path)) {
  take_lock();
  try {
    bind(descriptor);
    struct stat made{};
    if (::lstat(path_.c_str(), &made) != 0) fail("", errno);
    device_ = made.st_dev;
    inode_ = made.st_ino;
    give(access);
  } catch (...) {
    if (inode_ != 0) ::unlink(path_.c_str());
    drop_lock();
    throw;
  }
}

socket_file::~socket_file() {
  struct stat there{};
  if (::lstat(path_.c_str(), &there) == 0 && there.st_dev == device_ && there.st_ino == inode_) ::unlink(path_.c_str());
  drop_lock();
}

void socket_file::take_lock() {
  const std::string name = path_ + ".lock";
  for (;;) {
    lock_ = ::open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (lock_ < 0) fail(name + ": ", errno);
    if (::flock(lock_, LOCK_EX | LOCK_NB) != 0) {
      const int error = errno;
      ::close(lock_);
      if (error == EWOULDBLOCK) throw std::runtime_error("another process listens there or is about to");
      fail(name + ": ", error);
    }
    struct stat locked{};
    struct stat named{};
    if (::fstat(lock_, &locked) == 0 && ::lstat(name.c_str(), &named) == 0 && is_same_file(locked, named)) return;
    ::close(lock_);  // its last holder removed it after it was opened here
  }
}

void socket_file::drop_lock() {
  ::unlink((path_ + ".lock").c_str());  // while it is held: who opened it before will see that the name is gone
  ::close(lock_);
}

void socket_file::bind(int descriptor) const {
  const auto try_it = [&] {
    return with_address(path_, [&](const sockaddr* to, socklen_t size) { return ::bind(descriptor, to, size); });
  };
  if (try_it() == 0) return;
  if (errno != EADDRINUSE) fail("", errno);
  struct stat there{};
  if (::lstat(path_.c_str(), &there) == 0) {
    if (!S_ISSOCK(there.st_mode)) throw std::runtime_error("a file that is no socket is in the way");
    if (!is_stale(path_)) throw std::runtime_error("another process listens there");
    if (::unlink(path_.c_str()) != 0) fail("its stale file can't be removed: ", errno);
  }
  if (try_it() != 0) fail("", errno);
}

void socket_file::give(const socket_access& access) const {
  constexpr auto unchanged = static_cast<uid_t>(-1);
  // The owner first: a chown takes bits of the mode away.
  if ((access.user || access.group) &&
      ::lchown(path_.c_str(), access.user.value_or(unchanged), access.group.value_or(unchanged)) != 0)
    fail("its owner can't be set: ", errno);
  if (::chmod(path_.c_str(), access.mode) != 0) fail("its mode can't be set: ", errno);
}

}  // namespace sidecache::net
