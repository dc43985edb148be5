// What a poll tells the operator: the metrics of one poll, added up, and one summary line a minute. Used by the
// poller's thread only.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "base/log.h"
#include "base/metrics.h"
#include "daemon/poll_order.h"
#include "daemon/reader_pool.h"

namespace xtcp2::daemon {

// How a poll ended; the label `result` of xtcp2_polls_total.
enum class PollResult : uint8_t {
  kComplete,  // every namespace was served and every dump ended as it should
  kPartial,   // something was not: the rows are right, but some are missing
  kCut,       // the daemon was told to stop
};

// What else is known of a poll when it is over; nanoseconds.
struct PollTimes {
  int64_t scan_ns = 0;   // looking for namespaces
  int64_t serve_ns = 0;  // from the first task to the last flush
  CpuUse cpu;            // of the reader threads
};

class PollMetrics {
 public:
  PollMetrics();

  PollResult Account(const PollRun& run, const NetnsScan& scan, const PollOrder::Plan& plan,
                     const collect::SinkCounters& counters, const PollTimes& times);
  void SkippedTicks(uint64_t ticks);
  // Writes the summary line when a minute has passed since the last, or `now_or_never`.
  void MaybeSummarise(bool now_or_never);

 private:
  void AccountNamespaces(const PollRun& run, const NetnsScan& scan, uint64_t backed_off);
  void AccountDumps(const PollRun& run);
  void AccountRows(const collect::SinkCounters& counters, const PollTimes& times, uint32_t sample_rate);
  void AccountCpu(const CpuUse& cpu, uint64_t rows);
  void AccountOddities(const decode::LocateCounters& locate);
  Counter& DumpEnds(collect::DumpEnd end);

  std::map<Served, uint64_t> last_served_;
  uint64_t complete_ = 0, partial_ = 0, rows_ = 0, skipped_ = 0;
  int64_t next_summary_ns_ = 0;
  PollTimes slowest_;
};

}  // namespace xtcp2::daemon
