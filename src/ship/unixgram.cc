#include "ship/unixgram.h"

#include "ship/connect.h"

namespace xtcp2::ship {

tl::expected<DatagramDestination::Socket, Failure> UnixgramDestination::Connect(int64_t deadline_ns) {
  auto fd = ConnectAny({UnixAddress(spec_.path)}, SOCK_DGRAM, spec_.Redacted(), deadline_ns, interrupt());
  if (!fd) return tl::unexpected(fd.error());
  int buffer = 0;
  socklen_t length = sizeof buffer;
  if (getsockopt(fd->get(), SOL_SOCKET, SO_SNDBUF, &buffer, &length) != 0 || buffer <= 64)
    return FailedCall(PeerKind::kNetwork, {"asking for the send buffer of " + spec_.Redacted(), errno});
  // unix_dgram_sendmsg (net/unix/af_unix.c) refuses more than sk_sndbuf - 32; EMSGSIZE corrects us where that changes.
  return Socket{std::move(*fd), static_cast<size_t>(buffer - 32)};
}

}  // namespace xtcp2::ship
