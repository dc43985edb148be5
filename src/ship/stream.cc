#include "ship/stream.h"

#include <fmt/format.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>

#include "base/clock.h"
#include "ship/metrics.h"
#include "ship/write_all.h"

namespace xtcp2::ship {
namespace {

constexpr int64_t kTickNs = 5 * kNsPerMs;  // the kernel sends no event when a peer acknowledges or reads

size_t PutVarint(std::array<uint8_t, 10>& out, uint64_t value) {
  size_t n = 0;
  for (; value >= 0x80; value >>= 7) out[n++] = static_cast<uint8_t>(value | 0x80);
  out[n++] = static_cast<uint8_t>(value);
  return n;
}

}  // namespace

StreamDestination::StreamDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                                     std::unique_ptr<SocketWriter> writer, Prefix prefix, FrameWindow::Policy policy)
    : spec_(spec),
      options_(options),
      framing_(framing),
      writer_(std::move(writer)),
      prefix_(prefix),
      window_(policy),
      reconnects_(ReconnectCounter(spec)),
      resent_bytes_(ResentBytesCounter(spec)) {}

SendResult StreamDestination::Send(const encode::Batch& batch, Progress& progress) {
  const RowRange range{batch, progress.next_row, batch.count(), false};
  if (!current_added_) {
    Buffer payload;
    AppendPayload(range, framing_, payload);
    window_.Add(std::move(payload), range.count());
    current_added_ = true;
  }
  if (SendResult pumped = Pump(); !pumped) return pumped;
  current_added_ = false;
  progress.bytes += PayloadSize(range, framing_);
  progress.payloads += 1;
  progress.next_row = batch.count();
  return {};
}

void StreamDestination::GiveUp() {
  if (std::exchange(current_added_, false)) window_.DropLastUnwritten();
}

// Writes all that is to be written, as the window allows.
SendResult StreamDestination::Pump() {
  Watch watch{sent_, MonotonicNs()};
  while (!window_.AllWritten()) {
    if (interrupt().is_set()) return Interrupted();
    if (SendResult ready = EnsureConnected(); !ready) return ready;
    if (SendResult alive = CheckPeer(); !alive) return Lose(alive);
    const bool write = window_.MayWrite();
    if (SendResult moved = write ? WriteNext() : AwaitSettling(watch); !moved) return Lose(moved);
    if (write) watch.since_ns = MonotonicNs();
  }
  return {};
}

SendResult StreamDestination::EnsureConnected() {
  if (fd_.ok()) return {};
  auto made = Connect(MonotonicNs() + options_.connect_timeout_ms * kNsPerMs);
  if (!made) return tl::unexpected(made.error());
  fd_ = std::move(*made);
  sent_ = taken_then_ = 0;
  peer_finished_ = we_finished_ = false;
  if (std::exchange(connected_before_, true)) reconnects_.Add();
  return {};
}

// One frame: [varint] [header] payload. The header belongs to the first payload of a connection.
SendResult StreamDestination::WriteNext() {
  const Bytes payload = window_.Next().bytes();
  const Bytes header = sent_ == 0 ? AsBytes(framing_.header) : Bytes{};
  std::array<uint8_t, 10> varint;
  const size_t varint_size = prefix_ == Prefix::kNone ? 0 : PutVarint(varint, header.size() + payload.size());
  const ByteParts parts({Bytes(varint).first(varint_size), header, payload});
  const std::string what = "writing to " + spec_.Redacted();
  size_t written = 0;
  const WriteJob job{fd_.get(), PeerKind::kNetwork, options_.write_timeout_ms, what.c_str(),
                     [&] { return LookAtQueue(sent_ + written).taken; }};
  const auto write = [this](std::span<const iovec> pieces) { return writer_->Write(fd_.get(), pieces); };
  SendResult result = WriteAll(job, parts, write, interrupt(), &written);
  sent_ += written;
  if (!result) return result;
  if (window_.NextWasSentBefore()) resent_bytes_.Add(written);
  window_.Written(sent_);
  return {};
}

// Asks the kernel how far the peer is. What the peer sends is thrown away.
SendResult StreamDestination::CheckPeer() {
  // First the queue, then whether the connection lives: a queue that was emptied by the peer's death does not count as
  // taken.
  const SendQueue queue = LookAtQueue(sent_);
  pollfd state{fd_.get(), 0, 0};
  poll(&state, 1, 0);
  if ((state.revents & (POLLERR | POLLHUP)) == 0) window_.Taken(queue.taken, MonotonicNs());
  std::array<uint8_t, 4096> ignored;
  for (int i = 0; i < 16 && !peer_finished_; ++i) {
    const ssize_t n = recv(fd_.get(), ignored.data(), ignored.size(), MSG_DONTWAIT);
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return FailedCall(PeerKind::kNetwork, {spec_.Redacted(), errno});
    if (n > 0) continue;
    peer_finished_ = true;
    taken_then_ = LookAtQueue(sent_).taken;
  }
  if (we_finished_ && peer_finished_ && (state.revents & POLLERR) == 0) return {};  // the end both sides agreed on
  int error = 0;
  socklen_t length = sizeof error;
  if ((state.revents & POLLERR) != 0) getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  if ((state.revents & (POLLERR | POLLHUP)) != 0)
    return FailedCall(PeerKind::kNetwork,
                      {spec_.Redacted() + " closed the connection", error != 0 ? error : ECONNRESET});
  return {};
}

StreamDestination::SendQueue StreamDestination::LookAtQueue(uint64_t sent) const {
  int queued = 0;  // tcp: not acknowledged; unix: not read, with the kernel's overhead, so at most the bytes that are
                   // unread are missed
  int unsent = 0;  // tcp only
  if (ioctl(fd_.get(), SIOCOUTQ, &queued) != 0) return {};
  const bool has_unsent = ioctl(fd_.get(), SIOCOUTQNSD, &unsent) == 0;
  const auto waiting = static_cast<uint64_t>(queued);
  return {sent - std::min(sent, waiting), has_unsent && queued > 0 && unsent == queued};
}

// Waits a moment for what may let the window grow: time, an acknowledgement, the end of the connection. A peer that
// reads nothing for the write deadline is as good as one that takes nothing.
SendResult StreamDestination::AwaitSettling(Watch& watch) {
  const int64_t patience_ms = options_.write_timeout_ms + options_.settle_ms;
  const int64_t now = MonotonicNs();
  if (const uint64_t taken = LookAtQueue(sent_).taken; taken != watch.taken) watch = {taken, now};
  if (now - watch.since_ns > patience_ms * kNsPerMs)
    return TimedOut(fmt::format("{}: the peer reads nothing since {} ms", spec_.Redacted(), patience_ms));
  const int64_t until = std::min(window_.NextSettleNs(kNever), now + kTickNs);
  // A peer that has finished its direction would be readable for ever.
  const short events = peer_finished_ ? 0 : POLLIN;
  if (interrupt().WaitFor(fd_.get(), events, until) == Interrupt::Outcome::kInterrupted) return Interrupted();
  return {};
}

// Forgets the connection. A peer that closed (no more was taken after it had finished its direction) had read
// everything that was taken: the kernel would have sent a reset otherwise, and in that case the peer is not known to
// have finished.
SendResult StreamDestination::Lose(SendResult why) {
  if (!why && why.error().kind == FailureKind::kInterrupted) return why;
  if (fd_.ok()) {
    const SendQueue queue = LookAtQueue(sent_);
    if (peer_finished_ && queue.taken == taken_then_) window_.Read(taken_then_);
    window_.Lost(queue.peer_stopped);
    fd_.Close();
  }
  return why;
}

SendResult StreamDestination::Settle() {
  if (!window_.AllWritten()) return Pump();
  if (!fd_.ok()) return {};
  if (SendResult alive = CheckPeer(); !alive) return Lose(alive);
  return {};
}

SendResult StreamDestination::Finish() {
  Watch watch{sent_, MonotonicNs()};
  while (!window_.AllSettled()) {
    if (SendResult pumped = Pump(); !pumped) return pumped;
    if (SendResult alive = CheckPeer(); !alive) return Lose(alive);
    if (peer_finished_ && we_finished_ && LookAtQueue(sent_).taken == sent_) window_.Read(sent_);
    if (window_.AllSettled()) break;
    if (!std::exchange(we_finished_, true)) shutdown(fd_.get(), SHUT_WR);
    if (SendResult waited = AwaitSettling(watch); !waited) return Lose(waited);
  }
  return {};
}

size_t StreamDestination::RowsToSendAgain() const { return window_.UnwrittenRows(); }

}  // namespace xtcp2::ship
