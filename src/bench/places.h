// The network namespaces of a load: the stage's own is the first of those with sockets, the others and the empty ones
// are bind mounts in a folder of the stage, as `ip netns` makes them. Main thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "bench/stage.h"
#include "netlink/netns.h"

namespace xtcp2::bench {

class Places {
 public:
  // Makes all of them, `loaded` (at least 1) with lo up.
  static Result<Places> Make(const Stage& stage, size_t loaded, size_t empty);

  size_t loaded() const { return loaded_.size(); }
  // Runs `body` in a loaded namespace and comes back. For the calling thread; a child process may use it too.
  Result<> Inside(size_t netns, const std::function<Result<>()>& body) const;

 private:
  Places(netlink::NetnsHome home) : home_(std::move(home)) {}
  netlink::NetnsHome home_;
  std::vector<std::string> loaded_;
};

}  // namespace xtcp2::bench
