// unix:<path>. Each frame is varint(length) + payload. The kernel tells what the peer has read, so no time has to pass
// before a frame counts as read.
#pragma once

#include "ship/connect.h"
#include "ship/stream.h"

namespace xtcp2::ship {

class UnixDestination final : public StreamDestination {
 public:
  UnixDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                  std::unique_ptr<SocketWriter> writer)
      : StreamDestination(spec, framing, options, std::move(writer), Prefix::kVarintLength, {0, 0}) {}

 private:
  tl::expected<Fd, Failure> Connect(int64_t deadline_ns) override;
};

}  // namespace xtcp2::ship
