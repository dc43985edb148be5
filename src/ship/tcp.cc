#include "ship/tcp.h"

#include <netinet/in.h>
#include <netinet/tcp.h>

#include "base/clock.h"
#include "ship/connect.h"

namespace xtcp2::ship {
namespace {

void SetOption(int fd, int level, int name, int value) { setsockopt(fd, level, name, &value, sizeof value); }

}  // namespace

TcpDestination::TcpDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                               std::unique_ptr<SocketWriter> writer)
    : StreamDestination(spec, framing, options, std::move(writer), Prefix::kNone,
                        {options.settle_ms * kNsPerMs, options.resend_bytes}),
      resolver_(SOCK_STREAM, options.lookup) {}

tl::expected<Fd, Failure> TcpDestination::Connect(int64_t deadline_ns) {
  auto addresses = resolver_.Resolve(spec_.host, spec_.port, deadline_ns, interrupt());
  if (!addresses) return tl::unexpected(addresses.error());
  auto fd = ConnectAny(*addresses, SOCK_STREAM, spec_.Redacted(), deadline_ns, interrupt());
  if (!fd) return fd;
  SetOption(fd->get(), IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer that vanished without a word is noticed between polls, and bytes that nobody acknowledges do not wait for
  // ever.
  SetOption(fd->get(), SOL_SOCKET, SO_KEEPALIVE, 1);
  SetOption(fd->get(), IPPROTO_TCP, TCP_KEEPIDLE, 30);
  SetOption(fd->get(), IPPROTO_TCP, TCP_KEEPINTVL, 10);
  SetOption(fd->get(), IPPROTO_TCP, TCP_KEEPCNT, 3);
  SetOption(fd->get(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(options_.write_timeout_ms));
  return fd;
}

}  // namespace xtcp2::ship
