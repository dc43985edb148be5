#include "ship/frame_window.h"

namespace xtcp2::ship {

void FrameWindow::Written(uint64_t end) {
  frames_[written_].end = end;
  frames_[written_].sent_before = true;
  ++written_;
}

void FrameWindow::Taken(uint64_t offset, int64_t now_ns) {
  size_t settled = settled_;
  for (size_t i = settled_; i < written_ && frames_[i].end <= offset; ++i) {
    if (frames_[i].taken_ns == kNotTaken) frames_[i].taken_ns = now_ns;
    // A peer's buffer holds no more than resend_bytes that it has not read, as far as we guess.
    const bool overtaken = offset - frames_[i].end >= policy_.resend_bytes;
    if (overtaken || now_ns - frames_[i].taken_ns >= policy_.settle_ns) settled = i + 1;
  }
  Settle(settled);
  while (settled_ > 0 && frames_.front().end + policy_.resend_bytes <= offset) {
    frames_.pop_front();
    --settled_;
    --written_;
  }
}

void FrameWindow::Read(uint64_t offset) {
  size_t settled = settled_;
  while (settled < written_ && frames_[settled].end <= offset) ++settled;
  Settle(settled);
}

void FrameWindow::Settle(size_t count) {
  if (count == settled_) return;
  settled_ = count;
  if (window_ == kUnlimited || settled_ != written_) return;
  window_ = window_ * 2 >= kProven ? kUnlimited : window_ * 2;
}

int64_t FrameWindow::NextSettleNs(int64_t never) const {
  if (settled_ == written_ || frames_[settled_].taken_ns == kNotTaken) return never;
  return frames_[settled_].taken_ns + policy_.settle_ns;
}

void FrameWindow::Lost(bool peer_had_stopped_reading) {
  if (!peer_had_stopped_reading) frames_.erase(frames_.begin(), frames_.begin() + static_cast<ptrdiff_t>(settled_));
  const bool doubtful = peer_had_stopped_reading ? written_ != 0 : written_ != settled_;
  settled_ = written_ = 0;
  for (Frame& frame : frames_) {
    frame.end = 0;
    frame.taken_ns = kNotTaken;
  }
  if (doubtful) window_ = 1;
}

void FrameWindow::DropLastUnwritten() {
  if (!AllWritten()) frames_.pop_back();
}

size_t FrameWindow::UnwrittenRows() const {
  size_t rows = 0;
  for (size_t i = written_; i < frames_.size(); ++i) rows += frames_[i].rows;
  return rows;
}

size_t FrameWindow::kept_bytes() const {
  size_t bytes = 0;
  for (const Frame& frame : frames_) bytes += frame.payload.size();
  return bytes;
}

}  // namespace xtcp2::ship
