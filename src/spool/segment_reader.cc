#include "spool/segment_reader.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace xtcp2::spool {

bool SegmentReader::Read(uint64_t offset, uint8_t* to, size_t size) const {
  while (size != 0) {
    const ssize_t got = pread(fd_.get(), to, size, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    offset += static_cast<uint64_t>(got);
    size -= static_cast<size_t>(got);
  }
  return true;
}

std::optional<SegmentHeader> SegmentReader::ReadHeader() const {
  std::array<uint8_t, kSegmentHeaderBytes> bytes;
  if (end_ < bytes.size() || !Read(0, bytes.data(), bytes.size())) return {};
  return ReadSegmentHeader(bytes);
}

std::optional<RecordHeader> SegmentReader::HeaderAt(uint64_t offset) const {
  std::array<uint8_t, kRecordHeaderBytes> bytes;
  if (end_ - offset < bytes.size() || !Read(offset, bytes.data(), bytes.size())) return {};
  return ReadRecordHeader(bytes);
}

std::optional<SegmentReader::Found> SegmentReader::Next() {
  const uint64_t begin = offset_;
  std::optional<Found> found;
  uint64_t at = begin;
  for (; at < end_; at = FindMagic(at + 1)) {
    const auto header = HeaderAt(at);
    if (!header) continue;
    found = Found{at, *header};
    if (found->end() <= end_) break;
    if (at == begin) damaged_rows_ += header->rows_left();
    found.reset();
  }
  at = std::min(at, end_);
  damaged_bytes_ += at > begin ? at - begin : 0;
  damaged_places_ += at > begin ? 1 : 0;
  offset_ = found ? found->end() : std::max(begin, end_);
  return found;
}

uint64_t SegmentReader::FindMagic(uint64_t from) const {
  std::array<uint8_t, 65536> piece;
  std::array<uint8_t, 4> magic;
  Store<uint32_t>(magic.data(), kRecordMagic);
  while (from + magic.size() <= end_) {
    const auto size = static_cast<size_t>(std::min<uint64_t>(piece.size(), end_ - from));
    if (!Read(from, piece.data(), size)) return end_;
    const auto stop = piece.begin() + static_cast<ptrdiff_t>(size);
    const auto hit = std::search(piece.begin(), stop, magic.begin(), magic.end());
    if (hit != stop) return from + static_cast<uint64_t>(hit - piece.begin());
    from += size - magic.size() + 1;
  }
  return end_;
}

bool SegmentReader::ReadPayload(const Found& found, Buffer& out) const {
  out.Clear();
  uint8_t* const to = out.Room(found.header.stored);
  if (!Read(found.offset + kRecordHeaderBytes, to, found.header.stored)) return false;
  out.Commit(to + found.header.stored);
  return true;
}

}  // namespace xtcp2::spool
