#include "ship/unix.h"

namespace xtcp2::ship {

tl::expected<Fd, Failure> UnixDestination::Connect(int64_t deadline_ns) {
  return ConnectAny({UnixAddress(spec_.path)}, SOCK_STREAM, spec_.Redacted(), deadline_ns, interrupt());
}

}  // namespace xtcp2::ship
