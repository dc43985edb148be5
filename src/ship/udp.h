// udp:<host>:<port>. One datagram per message on a connected socket; the network may fragment it. Loss is not seen,
// except that a port nobody listens on is: then the rows wait like for any peer that is away.
#pragma once

#include "ship/datagram.h"
#include "ship/resolve.h"

namespace xtcp2::ship {

class UdpDestination final : public DatagramDestination {
 public:
  UdpDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                 std::unique_ptr<SocketWriter> writer)
      : DatagramDestination(spec, framing, options, std::move(writer)), resolver_(SOCK_DGRAM, options.lookup) {}

 private:
  tl::expected<Socket, Failure> Connect(int64_t deadline_ns) override;

  Resolver resolver_;
};

}  // namespace xtcp2::ship
