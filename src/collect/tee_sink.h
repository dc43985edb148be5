// Rows for several outputs of different encodings: each socket is encoded once by every sink behind it.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "collect/row_sink.h"

namespace xtcp2::collect {

// Numbers the rows of a poll for each encoding by itself, across all readers: what the first sink writes is numbered by
// the counter that BeginPoll is given, the others by these. Shared by the tees of one source of rows
// (all readers of polls, or the ledger); thread-safe.
class RowCounters {
 public:
  explicit RowCounters(size_t count) : counters_(count) {}
  // All at zero for a poll that was not begun yet.
  void BeginPoll(int64_t timestamp_ns);
  std::atomic<uint64_t>& operator[](size_t i) { return counters_[i]; }

 private:
  std::mutex mutex_;
  int64_t timestamp_ns_ = 0;
  std::deque<std::atomic<uint64_t>> counters_;
};

// `sinks`: two or more, of the same reader; `counters`: as many less one. What is counted of sockets is what the first
// sink counted, rows and bytes are those of all.
std::unique_ptr<RowSink> MakeTee(std::vector<std::unique_ptr<RowSink>> sinks, std::shared_ptr<RowCounters> counters);

}  // namespace xtcp2::collect
