#include "ship/datagram.h"

#include <fmt/format.h>
#include <poll.h>

#include "base/clock.h"
#include "ship/metrics.h"
#include "ship/payload.h"

namespace xtcp2::ship {

DatagramDestination::DatagramDestination(const DestSpec& spec, const encode::Framing& framing,
                                         const ShipOptions& options, std::unique_ptr<SocketWriter> writer)
    : spec_(spec),
      options_(options),
      framing_(framing),
      writer_(std::move(writer)),
      reconnects_(ReconnectCounter(spec)) {}

SendResult DatagramDestination::EnsureConnected() {
  if (socket_.fd.ok()) return {};
  auto made = Connect(MonotonicNs() + options_.connect_timeout_ms * kNsPerMs);
  if (!made) return tl::unexpected(made.error());
  socket_ = std::move(*made);
  if (std::exchange(connected_before_, true)) reconnects_.Add();
  return {};
}

SendResult DatagramDestination::Send(const encode::Batch& batch, Progress& progress) {
  while (progress.next_row < batch.count()) {
    if (interrupt().is_set()) return Interrupted();
    if (SendResult ready = EnsureConnected(); !ready) return ready;
    if (SendResult sent = SendOne(batch, progress); !sent) {
      // Rejected rows say nothing about the socket; everything else may mean that the peer has moved or was made anew.
      if (sent.error().kind == FailureKind::kRetryable) socket_.fd.Close();
      return sent;
    }
  }
  return {};
}

SendResult DatagramDestination::TooLarge(const encode::Batch& batch, size_t row) const {
  return RowTooLarge(fmt::format("a row of {} bytes fits no datagram to {} ({} bytes at most)",
                                 batch.Rows(row, row + 1).size(), spec_.Redacted(), socket_.limit));
}

// One datagram with as many rows as fit.
SendResult DatagramDestination::SendOne(const encode::Batch& batch, Progress& progress) {
  for (;;) {
    const size_t first = progress.next_row;
    const size_t last = LastThatFits(batch, framing_, first, socket_.limit, true);
    if (last == first) return TooLarge(batch, first);
    datagram_.Clear();
    AppendPayload({batch, first, last, true}, framing_, datagram_);
    SendResult sent = Transmit(datagram_.bytes());
    if (sent) {
      progress.next_row = last;
      progress.bytes += datagram_.size();
      progress.payloads += 1;
      return sent;
    }
    if (sent.error().error.code != EMSGSIZE) return sent;
    if (last - first == 1) return TooLarge(batch, first);
    socket_.limit = datagram_.size() / 2;  // the kernel knows better what fits
  }
}

SendResult DatagramDestination::Transmit(Bytes datagram) {
  const std::string what = "sending to " + spec_.Redacted();
  const int64_t deadline = MonotonicNs() + options_.write_timeout_ms * kNsPerMs;
  const iovec part{const_cast<uint8_t*>(datagram.data()), datagram.size()};
  for (;;) {
    if (writer_->Write(socket_.fd.get(), {&part, 1}) >= 0) break;
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != ENOBUFS) return FailedCall(PeerKind::kNetwork, {what, errno});
    // ENOBUFS (a device's queue is full) is nothing poll could wait for.
    const bool wait_on_fd = errno == EAGAIN;
    const int64_t until = wait_on_fd ? deadline : std::min(deadline, MonotonicNs() + 10 * kNsPerMs);
    const auto outcome = interrupt().WaitFor(wait_on_fd ? socket_.fd.get() : -1, POLLOUT, until);
    if (outcome == Interrupt::Outcome::kInterrupted) return Interrupted();
    if (MonotonicNs() >= deadline)
      return TimedOut(fmt::format("{}: no room in {} ms", what, options_.write_timeout_ms));
  }
  // "Port unreachable" from this very machine is there already when send returns; from elsewhere it meets a later
  // datagram.
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(socket_.fd.get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error != 0)
    return FailedCall(PeerKind::kNetwork, {what, error});
  return {};
}

}  // namespace xtcp2::ship
