// The writing half of Spool: room, segments, what is dropped for want of it.
#include <cerrno>

#include "base/clock.h"
#include "spool/spool.h"

namespace xtcp2::spool {
namespace {

bool IsFull(const Error& error) { return error.code == ENOSPC || error.code == EDQUOT || error.code == EFBIG; }

}  // namespace

bool Spool::Append(const encode::Batch& batch, size_t first_row) {
  if (first_row >= batch.count()) return true;
  const uint64_t rows = batch.count() - first_row;
  std::lock_guard lock(mutex_);
  const int64_t now = RealtimeNs();
  Result<> done = packer_.Pack(batch, first_row, now, options_.format, record_);
  if (done && !MakeRoom(record_.size())) done = Fail("no room in the spool", ENOSPC);
  if (done) done = Write(record_.bytes(), now);
  // The disk is full before our limits are: older rows make room.
  while (!done && IsFull(done.error()) && !segments_.empty() && record_.size() < limit_) {
    DropOldest(kFull);
    done = Write(record_.bytes(), now);
  }
  if (!done) {
    if (!IsFull(done.error())) Check(done);
    Report(IsFull(done.error()) ? kFull : kUnwritable, rows);
    return false;
  }
  segments_.back().rows += rows;
  segments_.back().newest_ns = now;
  if (options_.sync_each || MonotonicNs() - writer_->synced_at_ns() >= options_.sync_age_ns) SyncActive();
  if (writer_->size() >= segment_limit_) Seal();
  return true;
}

// Within the limit, and without making the disk fuller than it may be. A disk that others have filled up costs no more
// of the spool than what is put in.
bool Spool::MakeRoom(uint64_t bytes) {
  if (bytes + kSegmentHeaderBytes > limit_) return false;
  while (total_bytes_ + bytes + kSegmentHeaderBytes > limit_) DropOldest(kFull);
  for (uint64_t freed = 0; freed < bytes && IsTight(bytes);) {
    if (segments_.empty()) return false;
    freed += segments_.front().size;
    DropOldest(kFull);
  }
  return true;
}

bool Spool::IsTight(uint64_t bytes) const {
  const auto space = folder_.GetSpace();
  if (!space) return false;
  return static_cast<double>(space->available) <
         static_cast<double>(bytes) + options_.keep_free * static_cast<double>(space->total);
}

Result<> Spool::Write(Bytes record, int64_t now_ns) {
  if (!writer_)
    if (const Result<> begun = BeginSegment(now_ns); !begun) return begun;
  const uint64_t before = writer_->size();
  const Result<> written = writer_->Append(record);
  segments_.back().size = writer_->size();
  total_bytes_ += writer_->size() - before;
  if (!written) writer_.reset();
  return written;
}

Result<> Spool::BeginSegment(int64_t now_ns) {
  const uint64_t number = next_number_++;
  Result<Fd> fd = folder_.Create(number);
  if (!fd) return tl::unexpected(fd.error());
  Result<SegmentWriter> writer = SegmentWriter::Begin(std::move(*fd), {kVersion, options_.format, now_ns});
  if (!writer) {
    Check(folder_.Remove(number));
    return tl::unexpected(writer.error());
  }
  writer_.emplace(std::move(*writer));
  Segment segment;
  segment.number = number;
  segment.size = writer_->size();
  segment.made_ns = segment.newest_ns = now_ns;
  segments_.push_back(segment);
  total_bytes_ += segment.size;
  if (options_.sync_each) Check(folder_.Sync());
  return {};
}

void Spool::SyncActive() {
  if (!writer_ || writer_->synced()) return;
  Check(writer_->Sync());
  if (!options_.sync_each) Check(folder_.Sync());
}

void Spool::Seal() {
  SyncActive();
  writer_.reset();
}

void Spool::DropOldest(std::string_view reason) {
  Segment& oldest = segments_.front();
  if (Grows(oldest)) writer_.reset();
  if (in_flight_ && in_flight_->segment == oldest.number) {
    in_flight_->orphan = true;
    oldest.rows -= in_flight_->rows;
  }
  if (read_number_ <= oldest.number) {
    read_number_ = oldest.number + 1;
    reader_.reset();
  }
  Report(reason, oldest.rows);
  Erase(0);
}

}  // namespace xtcp2::spool
