// tcp:<host>:<port>. Frames one behind the other, nothing around them. What the peer's kernel acknowledged counts as
// read when the connection then lives on for ShipOptions::settle_ms.
#pragma once

#include "ship/resolve.h"
#include "ship/stream.h"

namespace xtcp2::ship {

class TcpDestination final : public StreamDestination {
 public:
  TcpDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                 std::unique_ptr<SocketWriter> writer);

 private:
  tl::expected<Fd, Failure> Connect(int64_t deadline_ns) override;

  Resolver resolver_;
};

}  // namespace xtcp2::ship
