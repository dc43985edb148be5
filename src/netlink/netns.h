// Entering a network namespace for as long as it takes to open a socket there. Affects the calling thread only.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::netlink {

// Device and inode of a namespace's nsfs file. The kernel gives an inode number to a new namespace as soon as the old
// one is gone.
struct NetnsId {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool operator==(const NetnsId&) const = default;
  auto operator<=>(const NetnsId&) const = default;
};

// Opens `path` (a bind mount, or /proc/<pid>/ns/net) without following it into anything but nsfs: a fifo or a plain
// file is an error and is never opened for reading. The open descriptor keeps the namespace alive.
Result<Fd> OpenNetns(const std::string& path);
// Identity of an open namespace file.
Result<NetnsId> IdentifyNetns(int fd);

// The namespace the calling thread was in at construction; Return() goes back to it.
class NetnsHome {
 public:
  static Result<NetnsHome> Here(const std::string& proc_root = "/proc");
  // setns(2) into `fd`; needs CAP_SYS_ADMIN.
  Result<> Enter(int fd) const;
  // Back home. A thread that cannot come back would speak for the wrong namespace: the caller must not go on.
  Result<> Return() const;
  const NetnsId& id() const { return id_; }

 private:
  NetnsHome(Fd fd, NetnsId id) : fd_(std::move(fd)), id_(id) {}
  Fd fd_;
  NetnsId id_;
};

}  // namespace xtcp2::netlink
