// The segment that grows. A record is in it as a whole or not at all, as long as the process lives. Not thread-safe.
#pragma once

#include "base/fd.h"
#include "base/result.h"
#include "spool/layout.h"

namespace xtcp2::spool {

class SegmentWriter {
 public:
  // Writes the header into the fresh file `fd`, opened to append.
  static Result<SegmentWriter> Begin(Fd fd, const SegmentHeader& header);

  // What could be written only in part is cut off again, so that the next record stands behind the last whole one.
  Result<> Append(Bytes record);
  // To the disk.
  Result<> Sync();

  uint64_t size() const { return size_; }
  int64_t synced_at_ns() const { return synced_at_ns_; }  // monotonic
  bool synced() const { return synced_ == size_; }

 private:
  explicit SegmentWriter(Fd fd);

  Fd fd_;
  uint64_t size_ = 0;
  uint64_t synced_ = 0;
  int64_t synced_at_ns_;
};

}  // namespace xtcp2::spool
