#include "collect/batcher.h"

namespace xtcp2::collect {

void Batcher::Open() {
  batch_ = output_.TakeBatch();
  batch_->poll_ns = poll_ns_;
  batch_->opened_ns = MonotonicNs();
}

void Batcher::Close(encode::FlushReason reason) {
  if (!batch_) return;
  encode::PooledBatch batch = std::move(batch_);
  if (batch->empty()) return;
  batch->reason = reason;
  const size_t rows = batch->count();
  if (!output_.Push(std::move(batch))) lost_rows_ += rows;
}

void Batcher::CutAtBytes() {
  if (batch_->count() == 1) return Close(encode::FlushReason::kSizeCap);  // larger than the cap by itself
  encode::PooledBatch next = output_.TakeBatch();
  next->poll_ns = poll_ns_;
  next->opened_ns = MonotonicNs();
  const size_t last = batch_->count() - 1;
  next->rows.Append(batch_->Rows(last, last + 1));
  next->row_end.push_back(static_cast<uint32_t>(next->rows.size()));
  batch_->rows.Truncate(batch_->row_end[last - 1]);
  batch_->row_end.pop_back();
  Close(encode::FlushReason::kSizeCap);
  batch_ = std::move(next);
}

}  // namespace xtcp2::collect
