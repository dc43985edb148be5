#include "bench/loopback.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "base/fd.h"

namespace xtcp2::bench {

Result<> BringLoopbackUp() {
  const Fd probe(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!probe.ok()) return FailErrno("opening a socket");
  ifreq request{.ifr_ifrn = {"lo"}, .ifr_ifru = {}};
  if (ioctl(probe.get(), SIOCGIFFLAGS, &request) != 0) return FailErrno("asking for the flags of lo");
  request.ifr_flags = static_cast<short>(request.ifr_flags | IFF_UP);
  if (ioctl(probe.get(), SIOCSIFFLAGS, &request) != 0) return FailErrno("bringing lo up");
  return {};
}

}  // namespace xtcp2::bench
