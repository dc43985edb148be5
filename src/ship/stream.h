// What tcp and unix share: a connection that is made when there is something to send and again when it was lost, begins
// with the header line and a whole frame, and has a deadline for writes. frame_window.h says which frames are sent
// again on the next connection.
#pragma once

#include "base/fd.h"
#include "base/metrics.h"
#include "ship/destination.h"
#include "ship/frame_window.h"
#include "ship/options.h"
#include "ship/payload.h"
#include "ship/socket_writer.h"
#include "ship/spec.h"

namespace xtcp2::ship {

class StreamDestination : public Destination {
 public:
  SendResult Send(const encode::Batch& batch, Progress& progress) final;
  void GiveUp() final;
  bool Unsettled() const final { return !window_.AllSettled(); }
  SendResult Settle() final;
  SendResult Finish() final;
  size_t RowsToSendAgain() const final;

 protected:
  enum class Prefix { kNone, kVarintLength };
  StreamDestination(const DestSpec& spec, const encode::Framing& framing, const ShipOptions& options,
                    std::unique_ptr<SocketWriter> writer, Prefix prefix, FrameWindow::Policy policy);

  virtual tl::expected<Fd, Failure> Connect(int64_t deadline_ns) = 0;

  const DestSpec spec_;
  const ShipOptions options_;

 private:
  // What the kernel knows of the bytes written to this connection.
  struct SendQueue {
    uint64_t taken = 0;         // bytes from the start on that left our side
    bool peer_stopped = false;  // bytes wait although none is under way: the peer's window is shut
  };
  SendResult EnsureConnected();
  SendResult Pump();
  SendResult WriteNext();
  SendResult CheckPeer();
  // When the peer last took something.
  struct Watch {
    uint64_t taken;
    int64_t since_ns;
  };
  SendResult AwaitSettling(Watch& watch);
  SendQueue LookAtQueue(uint64_t sent) const;
  SendResult Lose(SendResult why);

  const encode::Framing framing_;
  const std::unique_ptr<SocketWriter> writer_;
  const Prefix prefix_;
  FrameWindow window_;
  bool current_added_ = false;  // the batch of the running Send is the window's last frame
  Fd fd_;
  bool connected_before_ = false;
  uint64_t sent_ = 0;           // bytes written to this connection
  bool peer_finished_ = false;  // it will send nothing more: closed, or only shut down that direction
  uint64_t taken_then_ = 0;     // when that was noticed
  bool we_finished_ = false;    // we have shut down ours
  Counter& reconnects_;
  Counter& resent_bytes_;
};

}  // namespace xtcp2::ship
