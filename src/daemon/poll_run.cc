#include "daemon/poll_run.h"

#include "base/clock.h"
#include "daemon/walk_run.h"

namespace xtcp2::daemon {
namespace {

// What a namespace was whose dumps ended so.
Served Judge(const DumpTotals& dumps) {
  using collect::DumpEnd;
  if (dumps.ended(DumpEnd::kCancelled) != 0) return Served::kCancelled;
  uint64_t all = 0;
  for (const uint64_t count : dumps.ends) all += count;
  return dumps.ended(DumpEnd::kComplete) == all ? Served::kComplete : Served::kIncomplete;
}

Served Judge(const WalkRun& walk) {
  return walk.whole() ? Served::kComplete : walk.was_cut() ? Served::kCancelled : Served::kIncomplete;
}

}  // namespace

const char* ServedName(Served served) {
  switch (served) {
    case Served::kUnserved:
      return "unserved";
    case Served::kComplete:
      return "complete";
    case Served::kEmpty:
      return "empty";
    case Served::kIncomplete:
      return "incomplete";
    case Served::kVanished:
      return "vanished";
    case Served::kFailed:
      return "failed";
    case Served::kCancelled:
      return "cancelled";
  }
  return "unknown";
}

void DumpTotals::Add(const collect::DumpResult& dump) {
  ++ends[static_cast<size_t>(dump.end)];
  datagrams += dump.datagrams;
  bytes += dump.bytes;
  answers += dump.answers;
  foreign += dump.foreign;
}

void DumpTotals::Add(const DumpTotals& other) {
  for (size_t i = 0; i < ends.size(); ++i) ends[i] += other.ends[i];
  datagrams += other.datagrams;
  bytes += other.bytes;
  answers += other.answers;
  foreign += other.foreign;
}

PollRun::Taken PollRun::Take(const std::atomic<bool>& stop, bool wait) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (stop.load(std::memory_order_relaxed)) return {};
    if (!dumps_.empty()) {
      DumpPtr dump = std::move(dumps_.back());
      dumps_.pop_back();
      const size_t index = dump->index;
      return {Taken::Kind::kDump, index, std::move(dump)};
    }
    if (next_ < tasks_.size()) {
      if (MonotonicNs() < deadline_ns) {
        ++opening_;
        return {Taken::Kind::kNamespace, next_++, nullptr};
      }
      timed_out_.store(true, std::memory_order_relaxed);
    }
    if (opening_ == 0 || !wait) return {};
    changed_.wait_for(lock, std::chrono::milliseconds(20));  // `stop` has no bell
  }
}

DumpPtr PollRun::Open(size_t index, int64_t open_ns, std::vector<DumpPtr> dumps) {
  DumpPtr first = std::move(dumps.front());
  std::lock_guard lock(mutex_);
  left_[index] = static_cast<unsigned>(dumps.size());
  results_[index].parts = left_[index];
  results_[index].open_ns = open_ns;
  for (size_t i = 1; i < dumps.size(); ++i) dumps_.push_back(std::move(dumps[i]));
  --opening_;
  changed_.notify_all();
  return first;
}

void PollRun::Done(const NetnsDump& dump, const DumpTotals& totals, int64_t dump_ns, const collect::PortUse* ports) {
  std::lock_guard lock(mutex_);
  ServeResult& result = results_[dump.index];
  result.dumps.Add(totals);
  result.dump_ns += dump_ns;
  NetnsMemory* memory = tasks_[dump.index].memory;
  if (memory != nullptr && ports != nullptr) memory->counting.Add(*ports);
  if (--left_[dump.index] != 0) return;
  result.served = Judge(result.dumps);
  if (memory != nullptr) memory->ports = std::exchange(memory->counting, {});
}

void PollRun::Done(size_t index, ServeResult result) {
  std::lock_guard lock(mutex_);
  results_[index] = std::move(result);
  --opening_;
  changed_.notify_all();
}

void PollRun::Close() {
  std::lock_guard lock(mutex_);
  dumps_.clear();
  for (size_t i = 0; i < left_.size(); ++i)
    if (left_[i] != 0) results_[i].served = Served::kCancelled;
  if (walk == nullptr) return;
  for (ServeResult& result : results_) result.served = Judge(*walk);
}

size_t PollRun::untaken() const {
  std::lock_guard lock(mutex_);
  return tasks_.size() - next_;
}

}  // namespace xtcp2::daemon
