// Closes a batch at its caps and opens the next at once: no row is dropped at a cap. The byte cap counts the bytes of
// the format as they will be sent. One per reader thread.
#pragma once

#include "base/clock.h"
#include "collect/row_sink.h"

namespace xtcp2::collect {

class Batcher {
 public:
  Batcher(const SinkOptions& options, BatchOutput& output)
      : max_rows_(options.max_rows),
        max_bytes_(options.max_bytes),
        framing_(encode::MakeFraming(options.encode)),
        output_(output) {}

  void BeginPoll(int64_t timestamp_ns) { poll_ns_ = timestamp_ns; }

  // Where the next row is to be appended.
  Buffer& rows() {
    if (!batch_) [[unlikely]]
      Open();
    return batch_->rows;
  }

  // A row was appended to rows().
  void RowAdded() {
    batch_->row_end.push_back(static_cast<uint32_t>(batch_->rows.size()));
    if (framing_.FramedSize(batch_->count(), batch_->rows.size()) > max_bytes_) [[unlikely]]
      CutAtBytes();
    else if (batch_->count() >= max_rows_) [[unlikely]]
      Close(encode::FlushReason::kRowsCap);
  }

  void Close(encode::FlushReason reason);
  uint64_t TakeLostRows() { return std::exchange(lost_rows_, 0); }

 private:
  void Open();
  // The last row went over the cap: the rows before it leave, it begins the next batch.
  void CutAtBytes();

  const size_t max_rows_;
  const size_t max_bytes_;
  const encode::Framing framing_;
  BatchOutput& output_;
  encode::PooledBatch batch_;
  int64_t poll_ns_ = 0;
  uint64_t lost_rows_ = 0;
};

}  // namespace xtcp2::collect
