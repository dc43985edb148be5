#include "netlink/netns.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <fmt/format.h>

namespace xtcp2::netlink {
namespace {
constexpr long kNsfsMagic = 0x6e736673;  // NSFS_MAGIC
}  // namespace

Result<Fd> OpenNetns(const std::string& path) {
  // O_PATH first: it opens nothing, so a fifo or a device in /run/netns cannot block or act.
  const Fd place(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (!place.ok()) return FailErrno("opening namespace " + path);
  struct statfs about;
  if (fstatfs(place.get(), &about) != 0) return FailErrno("asking for the file system of " + path);
  if (about.f_type != kNsfsMagic) return Fail(path + " is not a namespace file", EINVAL);
  Fd fd(open(fmt::format("/proc/self/fd/{}", place.get()).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd.ok()) return FailErrno("opening namespace " + path);
  return fd;
}

Result<NetnsId> IdentifyNetns(int fd) {
  struct stat about;
  if (fstat(fd, &about) != 0) return FailErrno("asking for a namespace's identity");
  return NetnsId{about.st_dev, about.st_ino};
}

Result<NetnsHome> NetnsHome::Here(const std::string& proc_root) {
  Result<Fd> fd = OpenNetns(proc_root + "/thread-self/ns/net");
  if (!fd) return tl::unexpected(fd.error());
  Result<NetnsId> id = IdentifyNetns(fd->get());
  if (!id) return tl::unexpected(id.error());
  return NetnsHome(std::move(*fd), *id);
}

Result<> NetnsHome::Enter(int fd) const {
  if (setns(fd, CLONE_NEWNET) != 0) return FailErrno("entering a network namespace");
  return {};
}

Result<> NetnsHome::Return() const { return Enter(fd_.get()); }

}  // namespace xtcp2::netlink
