// One poll: its tasks, who does which, and how each ended. Shared by the poller and the reader threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "daemon/reader.h"

namespace xtcp2::daemon {

class PollRun {
 public:
  PollRun(std::vector<NetnsEntry> tasks, int64_t timestamp, int64_t deadline)
      : timestamp_ns(timestamp), deadline_ns(deadline), tasks_(std::move(tasks)), results_(tasks_.size()) {}

  const int64_t timestamp_ns;  // wall time; identifies the poll
  const int64_t deadline_ns;   // monotonic; no task is begun after it
  std::atomic<uint64_t> record_counter{0};

  // The next task for the calling reader; nothing when all are taken, the time is over or `stop` is set.
  const NetnsEntry* Take(size_t& index, const std::atomic<bool>& stop);
  void Done(size_t index, ServeResult result) { results_[index] = std::move(result); }  // each index by one reader

  const std::vector<NetnsEntry>& tasks() const { return tasks_; }
  const std::vector<ServeResult>& results() const { return results_; }
  bool timed_out() const { return timed_out_.load(std::memory_order_relaxed); }

 private:
  std::vector<NetnsEntry> tasks_;
  std::vector<ServeResult> results_;
  std::atomic<size_t> next_{0};
  std::atomic<bool> timed_out_{false};
};

}  // namespace xtcp2::daemon
