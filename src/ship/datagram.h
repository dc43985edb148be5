// What udp and unixgram share: a batch is cut at row borders so that each message fits one datagram, each begins with
// the header line, and each is sent with a deadline. A row that fits no datagram is rejected.
#pragma once

#include "base/fd.h"
#include "base/metrics.h"
#include "ship/destination.h"
#include "ship/options.h"
#include "ship/socket_writer.h"
#include "ship/spec.h"

namespace xtcp2::ship {

class DatagramDestination : public Destination {
 public:
  SendResult Send(const encode::Batch& batch, Progress& progress) final;

 protected:
  DatagramDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                      std::unique_ptr<SocketWriter> writer);

  // A connected socket and the most bytes one datagram on it may have.
  struct Socket {
    Fd fd;
    size_t limit = 0;
  };
  virtual tl::expected<Socket, Failure> Connect(int64_t deadline_ns) = 0;

  const DestSpec spec_;
  const ShipOptions options_;

 private:
  SendResult EnsureConnected();
  SendResult SendOne(const encode::Batch& batch, Progress& progress);
  SendResult Transmit(Bytes datagram);
  SendResult TooLarge(const encode::Batch& batch, size_t row) const;

  const encode::Framing framing_;
  const std::unique_ptr<SocketWriter> writer_;
  Socket socket_;
  bool connected_before_ = false;
  Buffer datagram_;
  Counter& reconnects_;
};

}  // namespace xtcp2::ship
