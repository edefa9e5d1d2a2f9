// The file of a Unix socket that this process listens on: put in place without a race, taken away if it is still ours.
//
// Theory of operation: a socket's file outlives its process, so one that is in the way may be stale: nobody is behind
// it if connecting is refused. But it is refused too between another process's bind() and listen(), and between a look
// and the unlink() that follows it a third may have put its own there. So whoever binds holds a lock on `PATH.lock`
// (flock(2)), from before it looks until after it has taken its file away; the kernel drops it when a process dies. The
// lock's own file is removed by its holder, so after locking one must see that it still has that name.
// A listener that is no sidecache is left alone because it accepts connections; a file that is no socket, always.
//
// Lifetime: made with the socket that is to be bound, before it listens; destroyed before that socket is closed, since
// only as long as it is open nobody else can get its file's inode number. One thread.
#pragma once

#include <string>

#include "net/listen_place.hpp"

namespace sidecache::net {

class socket_file {
 public:
  /// Binds the socket and gives its file mode and owner, before listen() lets anybody connect. Throws
  /// std::runtime_error with the reason.
  socket_file(int descriptor, std::string path, const socket_access& access);
  socket_file(const socket_file&) = delete;
  socket_file& operator=(const socket_file&) = delete;
  ~socket_file();

 private:
  void take_lock();
  void drop_lock();
  void bind(int descriptor) const;
  void give(const socket_access& access) const;

  std::string path_;
  int lock_ = -1;
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace sidecache::net
