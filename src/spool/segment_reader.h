// Walks over the records of one segment file, whatever its bytes are: what is damaged is stepped over to the next
// record that is whole. Reads with pread, a header or a payload at a time. One thread's.
#pragma once

#include <optional>

#include "base/fd.h"
#include "spool/layout.h"

namespace xtcp2::spool {

class SegmentReader {
 public:
  // `fd` is read up to `end`; SetEnd() moves it for a segment that grows.
  SegmentReader(Fd fd, uint64_t end) : fd_(std::move(fd)), end_(end) {}

  std::optional<SegmentHeader> ReadHeader() const;
  void SetEnd(uint64_t end) { end_ = end; }
  uint64_t offset() const { return offset_; }
  void Seek(uint64_t offset) { offset_ = offset; }

  struct Found {
    uint64_t offset = 0;  // of its header
    RecordHeader header;
    uint64_t end() const { return offset + kRecordHeaderBytes + header.stored; }
  };
  // The next record whose header is whole and whose payload lies before the end; moves behind it. What was stepped over
  // is counted.
  std::optional<Found> Next();
  // False when it cannot be read.
  bool ReadPayload(const Found& found, Buffer& out) const;

  uint64_t damaged_bytes() const { return damaged_bytes_; }
  uint64_t damaged_places() const { return damaged_places_; }  // runs of such bytes
  uint64_t damaged_rows() const { return damaged_rows_; }      // as far as a header says: of records that are cut off

 private:
  bool Read(uint64_t offset, uint8_t* to, size_t size) const;
  std::optional<RecordHeader> HeaderAt(uint64_t offset) const;
  uint64_t FindMagic(uint64_t from) const;  // end_ when there is none

  Fd fd_;
  uint64_t end_;
  uint64_t offset_ = kSegmentHeaderBytes;
  uint64_t damaged_bytes_ = 0;
  uint64_t damaged_places_ = 0;
  uint64_t damaged_rows_ = 0;
};

}  // namespace xtcp2::spool
