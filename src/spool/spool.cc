// The reading half of Spool, and what both halves use.
#include "spool/spool.h"

#include <algorithm>

#include "base/clock.h"

namespace xtcp2::spool {

Spool::Spool(const Options& options, Folder folder, Listener listener)
    : options_(options), listener_(std::move(listener)), folder_(std::move(folder)) {}

Result<std::unique_ptr<Spool>> Spool::Open(const Options& options, Listener listener) {
  Result<Folder> folder = Folder::Open(options.folder, options.owner);
  if (!folder) return tl::unexpected(folder.error());
  std::unique_ptr<Spool> spool(new Spool(options, std::move(*folder), std::move(listener)));
  if (const Result<> recovered = spool->Recover(); !recovered) return tl::unexpected(recovered.error());
  return spool;
}

Spool::~Spool() { Sync(); }

std::optional<size_t> Spool::Next(encode::Batch& batch) {
  std::lock_guard lock(mutex_);
  while (Segment* const segment = Reading()) {
    if (!OpenReader(*segment)) {
      FinishReading(*segment);
      continue;
    }
    const auto found = reader_->Next();
    if (!found && Grows(*segment)) return {};
    if (!found) {
      FinishReading(*segment);
    } else if (const auto first_row = Take(*segment, *found, batch)) {
      return first_row;
    }
  }
  return {};
}

// Nothing when the record is of no use any more; then its rows were reported.
std::optional<size_t> Spool::Take(Segment& segment, const SegmentReader::Found& found, encode::Batch& batch) {
  const uint64_t rows = std::min<uint64_t>(found.header.rows_left(), segment.rows);
  const bool too_old = options_.age_ns != 0 && found.header.spooled_ns < RealtimeNs() - options_.age_ns;
  if (rows != 0 && !too_old && found.header.format_hash == FormatHash(options_.format) &&
      reader_->ReadPayload(found, payload_) && unpacker_.Unpack(found.header, payload_.bytes(), batch)) {
    in_flight_ = InFlight{segment.number, rows, found.offset, found.end(), false};
    return found.header.first_row;
  }
  segment.rows -= rows;
  Report(too_old ? kTooOld : kCorrupt, rows);
  return {};
}

Spool::Segment* Spool::Reading() {
  for (Segment& segment : segments_)
    if (segment.number >= read_number_ && !segment.foreign) return &segment;
  return nullptr;
}

bool Spool::OpenReader(const Segment& segment) {
  if (!reader_ || read_number_ != segment.number) {
    read_number_ = segment.number;
    reader_.reset();
    Result<Fd> fd = folder_.OpenToRead(segment.number);
    if (!fd) {
      Check(tl::unexpected(fd.error()));
      return false;
    }
    reader_.emplace(std::move(*fd), segment.size);
    if (start_ && start_->segment == segment.number) reader_->Seek(start_->offset);
  }
  reader_->SetEnd(segment.size);
  return true;
}

// What was in it by the count at start, and did not come out, was damaged meanwhile.
void Spool::FinishReading(Segment& segment) {
  Report(kCorrupt, segment.rows);
  segment.rows = 0;
  segment.finished = true;
  read_number_ = segment.number + 1;
  reader_.reset();
}

void Spool::Done() {
  std::lock_guard lock(mutex_);
  if (!in_flight_) return;
  if (Segment* const segment = Find(in_flight_->segment); segment != nullptr && !in_flight_->orphan) {
    segment->rows -= std::min(segment->rows, in_flight_->rows);
    done_ = {in_flight_->segment, in_flight_->end};
  }
  in_flight_.reset();
}

void Spool::PutBack() {
  std::lock_guard lock(mutex_);
  if (!in_flight_) return;
  if (in_flight_->orphan)
    Report(kFull, in_flight_->rows);
  else if (reader_ && read_number_ == in_flight_->segment)
    reader_->Seek(in_flight_->begin);
  in_flight_.reset();
}

void Spool::Commit() {
  std::lock_guard lock(mutex_);
  if (Segment* const segment = Reading(); segment != nullptr && Grows(*segment) && !in_flight_ && segment->rows == 0 &&
                                          reader_ && read_number_ == segment->number) {
    writer_.reset();  // all of it was delivered: the next batch begins another
    FinishReading(*segment);
  }
  for (size_t i = 0; i < segments_.size();) {
    if (segments_[i].finished)
      Erase(i);
    else
      ++i;
  }
  // Last: a crash before it brings again what this segment gave, and no older one.
  if (done_ != committed_) {
    Check(folder_.WriteMark(done_));
    committed_ = done_;
  }
}

void Spool::Tick() {
  std::lock_guard lock(mutex_);
  const int64_t too_old = RealtimeNs() - options_.age_ns;
  while (options_.age_ns != 0 && !segments_.empty() && segments_.front().newest_ns < too_old) DropOldest(kTooOld);
  if (writer_ && MonotonicNs() - writer_->synced_at_ns() >= options_.sync_age_ns) SyncActive();
}

void Spool::Sync() {
  std::lock_guard lock(mutex_);
  SyncActive();
}

Level Spool::GetLevel() const {
  std::lock_guard lock(mutex_);
  Level level;
  for (const Segment& segment : segments_) level.rows += segment.rows;
  if (in_flight_ && in_flight_->orphan) level.rows += in_flight_->rows;
  level.bytes = total_bytes_;
  level.segments = segments_.size();
  if (!segments_.empty()) level.oldest_ns = segments_.front().made_ns;
  return level;
}

bool Spool::HasUnread() const {
  std::lock_guard lock(mutex_);
  return std::any_of(segments_.begin(), segments_.end(), [this](const Segment& segment) {
    return !segment.foreign && segment.number >= read_number_ && segment.rows != 0;
  });
}

Spool::Segment* Spool::Find(uint64_t number) {
  for (Segment& segment : segments_)
    if (segment.number == number) return &segment;
  return nullptr;
}

void Spool::Erase(size_t index) {
  total_bytes_ -= segments_[index].size;
  Check(folder_.Remove(segments_[index].number));
  segments_.erase(segments_.begin() + static_cast<ptrdiff_t>(index));
}

void Spool::Check(const Result<>& result) const {
  if (!result && listener_.failed) listener_.failed(result.error());
}

void Spool::Report(std::string_view reason, uint64_t rows) const {
  if (rows != 0 && listener_.dropped) listener_.dropped(reason, rows);
}

}  // namespace xtcp2::spool
