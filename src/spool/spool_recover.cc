// What Spool does at start: looks over every segment, header by header, without unpacking anything.
#include <algorithm>

#include "spool/spool.h"

namespace xtcp2::spool {
namespace {

constexpr uint64_t kMostBytes = uint64_t{1} << 30;
constexpr uint64_t kShareOfDisk = 20;  // one part in so many
constexpr uint64_t kSegmentsAtLeast = 8;

}  // namespace

Result<> Spool::Recover() {
  const auto space = folder_.GetSpace();
  limit_ = options_.bytes != 0 ? options_.bytes
           : space             ? std::min(kMostBytes, space->total / kShareOfDisk)
                               : kMostBytes;
  segment_limit_ = std::min(options_.segment_bytes, limit_ / kSegmentsAtLeast);
  const Result<std::vector<Folder::File>> files = folder_.List();
  if (!files) return tl::unexpected(files.error());
  start_ = folder_.ReadMark();
  // A number is never used again while a mark speaks of it.
  if (start_) next_number_ = start_->segment + 1;
  for (const Folder::File& file : *files) {
    next_number_ = std::max(next_number_, file.number + 1);
    const Segment segment = Examine(file, start_);
    segments_.push_back(segment);
    total_bytes_ += segment.size;
    (segment.foreign ? recovered_.kept_segments : recovered_.segments) += 1;
    (segment.foreign ? recovered_.kept_rows : recovered_.rows) += segment.rows;
    if (!segment.foreign && segment.rows == 0) Erase(segments_.size() - 1);
  }
  Report(kCorrupt, recovered_.damaged_rows);
  // A smaller limit than in the life before.
  while (total_bytes_ > limit_) DropOldest(kFull);
  return {};
}

Spool::Segment Spool::Examine(const Folder::File& file, const std::optional<Mark>& mark) {
  Segment segment;
  segment.number = file.number;
  segment.size = file.size;
  Result<Fd> fd = folder_.OpenToRead(file.number);
  if (!fd) {
    Check(tl::unexpected(fd.error()));
    segment.foreign = true;  // not ours to read, and not to be removed
    return segment;
  }
  SegmentReader reader(std::move(*fd), file.size);
  const auto header = reader.ReadHeader();
  if (header) segment.made_ns = segment.newest_ns = header->made_ns;
  segment.foreign = header && (header->version > kVersion || header->format != options_.format);
  if (header && header->version > kVersion) return segment;
  if (mark && mark->segment == file.number) reader.Seek(std::max<uint64_t>(mark->offset, kSegmentHeaderBytes));
  while (const auto found = reader.Next()) {
    if (!header && segment.rows == 0) segment.foreign = found->header.format_hash != FormatHash(options_.format);
    segment.rows += found->header.rows_left();
    segment.newest_ns = std::max(segment.newest_ns, found->header.spooled_ns);
    if (segment.made_ns == 0) segment.made_ns = found->header.spooled_ns;
    recovered_.records += segment.foreign ? 0 : 1;
  }
  recovered_.damaged_bytes += reader.damaged_bytes();
  recovered_.damaged_places += reader.damaged_places();
  recovered_.damaged_rows += reader.damaged_rows();
  if (!header && !segment.foreign && file.size != 0) {
    recovered_.damaged_bytes += std::min<uint64_t>(file.size, kSegmentHeaderBytes);
    recovered_.damaged_places += 1;
  }
  return segment;
}

}  // namespace xtcp2::spool
