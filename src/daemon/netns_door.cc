#include "daemon/netns_door.h"

#include <sys/stat.h>

#include "base/check.h"

namespace xtcp2::daemon {
namespace {

// Opens the namespace by the first of its paths that still leads to it.
Result<Fd> OpenSame(const NetnsEntry& netns) {
  Error last{"no file shows it any more", ENOENT};
  for (const std::string& path : netns.paths) {
    Result<Fd> fd = netlink::OpenNetns(path);
    if (!fd) {
      if (!NetnsIsGone(fd.error().code) || last.code == ENOENT) last = fd.error();
      continue;
    }
    const Result<netlink::NetnsId> id = netlink::IdentifyNetns(fd->get());
    if (id && *id == netns.id) return fd;  // else a reused process id or a replaced mount: another namespace
  }
  return tl::unexpected(last);
}

}  // namespace

bool NetnsIsGone(int code) { return code == ENOENT || code == ESRCH || code == EINVAL; }

bool NameHolds(const NetnsEntry& netns) {
  if (netns.name_path.empty()) return true;
  struct stat about;
  return stat(netns.name_path.c_str(), &about) == 0 && netlink::NetnsId{about.st_dev, about.st_ino} == netns.id;
}

Result<NetnsDoor> NetnsDoor::Here() {
  Result<netlink::NetnsHome> home = netlink::NetnsHome::Here();
  if (!home) return tl::unexpected(home.error());
  return NetnsDoor(std::move(*home));
}

Result<> NetnsDoor::Visit(const NetnsEntry& netns, const std::function<Result<>()>& open) const {
  if (netns.own) return open();
  if (!may_return_)
    return Fail("not entered, because xtcp2 may not come back to its own network namespace from there", EPERM);
  const Result<Fd> fd = OpenSame(netns);
  if (!fd) return tl::unexpected(fd.error());
  if (Result<> entered = home_.Enter(fd->get()); !entered) return entered;
  Result<> opened = open();
  XTCP2_CHECK(home_.Return(), "a reader thread cannot return to its own network namespace");
  return opened;
}

}  // namespace xtcp2::daemon
