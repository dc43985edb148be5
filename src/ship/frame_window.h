// Which frames of a stream must be sent again when its connection is lost. Writing to a socket succeeds long before the
// peer has read, so frames are kept until they count as read ("settled") and all others go over the next connection
// once more: nothing is lost, some may arrive twice.
//
// After a loss the window is one frame: the next ones follow when it has settled, then two, four, ... That way a peer
// that always closes after a few bytes still gets every frame, instead of the same first ones for ever.
//
// No sockets in here, only offsets and times. The shipping thread's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>

#include "base/bytes.h"

namespace xtcp2::ship {

class FrameWindow {
 public:
  struct Policy {
    int64_t settle_ns;    // a frame is settled so long after the peer's kernel took it; 0: at once
    size_t resend_bytes;  // or when so many further bytes were taken; until then it is kept for a peer that had stopped
                          // reading
  };
  explicit FrameWindow(Policy policy) : policy_(policy) {}

  void Add(Buffer payload, size_t rows) { frames_.push_back({std::move(payload), rows, 0, kNotTaken}); }

  bool AllWritten() const { return written_ == frames_.size(); }
  bool AllSettled() const { return settled_ == frames_.size(); }
  // The window lets one more frame be written.
  bool MayWrite() const { return written_ - settled_ < window_; }
  // The next frame to write on this connection; there must be one.
  const Buffer& Next() const { return frames_[written_].payload; }
  bool NextWasSentBefore() const { return frames_[written_].sent_before; }
  // It was written; it ends at this offset of the connection's bytes.
  void Written(uint64_t end);

  // The peer's kernel has everything before `offset`.
  void Taken(uint64_t offset, int64_t now_ns);
  // The peer has read everything before `offset`.
  void Read(uint64_t offset);
  // When the next frame settles if nothing happens; `never` when none is under way.
  int64_t NextSettleNs(int64_t never) const;

  // The connection is lost. With `peer_had_stopped_reading`, settled frames that are still kept are doubtful as well.
  void Lost(bool peer_had_stopped_reading);
  // The frame added last is taken back: it was not written and somebody else will account for it.
  void DropLastUnwritten();
  // Rows of frames that must go over the next connection.
  size_t UnwrittenRows() const;
  size_t kept_bytes() const;

 private:
  static constexpr int64_t kNotTaken = -1;
  static constexpr size_t kUnlimited = ~size_t{0};
  static constexpr size_t kProven = 64;  // a connection that settled so many frames in one window needs none any more

  struct Frame {
    Buffer payload;
    size_t rows;
    uint64_t end;
    int64_t taken_ns;
    bool sent_before = false;
  };
  void Settle(size_t count);

  const Policy policy_;
  std::deque<Frame> frames_;  // settled ones, then written ones, then those to write
  size_t settled_ = 0;
  size_t written_ = 0;
  size_t window_ = kUnlimited;
};

}  // namespace xtcp2::ship
