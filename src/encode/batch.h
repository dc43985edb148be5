// Encoded rows of one format on their way from a reader to a destination. Whoever holds a Batch owns its bytes: nothing
// in it borrows from the source. Pooled; not thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/pool.h"

namespace xtcp2::encode {

// Why a batch was closed; the names are those of the metric label.
enum class FlushReason : uint8_t { kPollEnd, kPollTimeout, kRowsCap, kSizeCap, kShutdown };
const char* FlushReasonName(FlushReason reason);

struct Batch {
  Buffer rows;                    // back to back, without framing
  std::vector<uint32_t> row_end;  // where each row ends in `rows`
  int64_t poll_ns = 0;            // timestamp_ns of its rows
  int64_t opened_ns = 0;          // MonotonicNs() of its first row
  // Identity, given by the shipper that takes it: with host and destination it names these rows for ever, in the
  // daemon's next life too.
  int64_t origin_ns = 0;  // start of the shipper that took it, wall time
  uint64_t sequence = 0;  // of the destination's batches, from 1
  FlushReason reason = FlushReason::kPollEnd;

  size_t count() const { return row_end.size(); }
  bool empty() const { return row_end.empty(); }
  // The bytes of rows first to last - 1.
  Bytes Rows(size_t first, size_t last) const {
    const size_t begin = first == 0 ? 0 : row_end[first - 1];
    return rows.bytes().subspan(begin, (last == 0 ? 0 : row_end[last - 1]) - begin);
  }
  void Reset() {
    rows.Clear();
    row_end.clear();
    poll_ns = opened_ns = origin_ns = 0;
    sequence = 0;
  }
};

using BatchPool = Pool<Batch>;
using PooledBatch = Pooled<Batch>;

}  // namespace xtcp2::encode
