#include "daemon/poll_run.h"

#include "base/clock.h"

namespace xtcp2::daemon {

const NetnsEntry* PollRun::Take(size_t& index, const std::atomic<bool>& stop) {
  if (stop.load(std::memory_order_relaxed)) return nullptr;
  index = next_.load(std::memory_order_relaxed);
  if (index >= tasks_.size()) return nullptr;
  if (MonotonicNs() >= deadline_ns) {
    timed_out_.store(true, std::memory_order_relaxed);
    return nullptr;
  }
  index = next_.fetch_add(1, std::memory_order_relaxed);
  return index < tasks_.size() ? &tasks_[index] : nullptr;
}

}  // namespace xtcp2::daemon
