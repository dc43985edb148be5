// unixgram:<path>. One datagram per message, without prefix; as large as the socket's send buffer allows. Waits for a
// reader that is slow.
#pragma once

#include "ship/datagram.h"

namespace xtcp2::ship {

class UnixgramDestination final : public DatagramDestination {
 public:
  UnixgramDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                      std::unique_ptr<SocketWriter> writer)
      : DatagramDestination(spec, framing, options, std::move(writer)) {}

 private:
  tl::expected<Socket, Failure> Connect(int64_t deadline_ns) override;
};

}  // namespace xtcp2::ship
