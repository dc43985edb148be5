#include "ship/udp.h"

#include <netinet/in.h>

#include "ship/connect.h"

namespace xtcp2::ship {
namespace {

// A datagram of 64 KiB travels in fragments anyway: without path MTU discovery no router throws it away for being too
// large.
void AllowFragments(int fd, int family) {
  const int v4 = IP_PMTUDISC_DONT;
  const int v6 = IPV6_PMTUDISC_DONT;
  if (family == AF_INET6) setsockopt(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, &v6, sizeof v6);
  setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &v4, sizeof v4);
}

}  // namespace

tl::expected<DatagramDestination::Socket, Failure> UdpDestination::Connect(int64_t deadline_ns) {
  auto addresses = resolver_.Resolve(spec_.host, spec_.port, deadline_ns, interrupt());
  if (!addresses) return tl::unexpected(addresses.error());
  auto fd = ConnectAny(*addresses, SOCK_DGRAM, spec_.Redacted(), deadline_ns, interrupt());
  if (!fd) return tl::unexpected(fd.error());
  sockaddr_storage peer{};
  socklen_t length = sizeof peer;
  getpeername(fd->get(), reinterpret_cast<sockaddr*>(&peer), &length);
  AllowFragments(fd->get(), peer.ss_family);
  // The 16-bit length of the IPv4 packet (20 bytes of header) or of the IPv6 payload, less 8 bytes of UDP header.
  const bool v6 = peer.ss_family == AF_INET6;
  return Socket{std::move(*fd),
                v6 && !IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<sockaddr_in6*>(&peer)->sin6_addr) ? 65527u : 65507u};
}

}  // namespace xtcp2::ship
