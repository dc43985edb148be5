// A thread's way into other network namespaces and back. Nothing is done inside but opening files and sockets, which
// then belong to that namespace; the thread is at home again before anything is read from them.
#pragma once

#include <functional>

#include "base/result.h"
#include "daemon/netns_scan.h"
#include "netlink/netns.h"

namespace xtcp2::daemon {

// Whether an error of Visit says that the namespace is there no more. EINVAL: what is at the path now is no network
// namespace.
bool NetnsIsGone(int code);

// Whether the name that the scan found still leads to this namespace. To be asked while something keeps it alive: then
// nobody else can have its inode number. Before, the number and the process that showed it may have gone over to
// another.
bool NameHolds(const NetnsEntry& netns);

class NetnsDoor {
 public:
  // Home is the namespace that the calling thread is in; the door is that thread's only.
  static Result<NetnsDoor> Here();

  // Runs `open` in the namespace (in place where it is the daemon's own) and comes back. Its error, or why the
  // namespace could not be entered. A thread that cannot come back aborts: it would speak for the wrong namespace.
  Result<> Visit(const NetnsEntry& netns, const std::function<Result<>()>& open) const;

 private:
  explicit NetnsDoor(netlink::NetnsHome home) : home_(std::move(home)), may_return_(home_.Return().has_value()) {}

  netlink::NetnsHome home_;
  bool may_return_;  // the own namespace may belong to another user namespace; then setns(2) refuses it
};

}  // namespace xtcp2::daemon
