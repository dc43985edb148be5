#include "bench/places.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>

#include "base/fd.h"
#include "bench/loopback.h"

namespace xtcp2::bench {
namespace {

Result<> MakeOne(const std::string& path, bool with_loopback) {
  if (unshare(CLONE_NEWNET) != 0) return FailErrno("making a network namespace");
  if (!Fd(open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0444)).ok()) return FailErrno("making " + path);
  if (mount("/proc/thread-self/ns/net", path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return FailErrno("mounting " + path);
  return with_loopback ? BringLoopbackUp() : Result<>{};
}

}  // namespace

Result<Places> Places::Make(const Stage& stage, size_t loaded, size_t empty) {
  Result<netlink::NetnsHome> home = netlink::NetnsHome::Here();
  if (!home) return tl::unexpected(home.error());
  Places places(std::move(*home));
  places.loaded_.emplace_back("/proc/1/ns/net");
  for (size_t i = 1; i < loaded + empty; ++i) {
    const bool has_sockets = i < loaded;
    std::string path =
        fmt::format("{}/{}-{}", stage.netns_folder, has_sockets ? "load" : "empty", has_sockets ? i : i - loaded);
    const Result<> made = MakeOne(path, has_sockets);
    const Result<> back = places.home_.Return();
    if (!made) return tl::unexpected(made.error());
    if (!back) return tl::unexpected(back.error());
    if (has_sockets) places.loaded_.push_back(std::move(path));
  }
  return places;
}

Result<> Places::Inside(size_t netns, const std::function<Result<>()>& body) const {
  if (netns == 0) return body();
  const Result<Fd> fd = netlink::OpenNetns(loaded_[netns]);
  if (!fd) return tl::unexpected(fd.error());
  if (Result<> entered = home_.Enter(fd->get()); !entered) return entered;
  Result<> done = body();
  if (Result<> back = home_.Return(); !back) return back;
  return done;
}

}  // namespace xtcp2::bench
