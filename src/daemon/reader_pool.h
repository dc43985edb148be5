// The fixed set of reader threads, whatever the number of namespaces. Run() gives them one poll and returns when it is
// done.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/poll_run.h"
#include "daemon/reader.h"

namespace xtcp2::daemon {

// CPU time that reader threads took, as the kernel accounts it (getrusage, RUSAGE_THREAD).
struct CpuUse {
  int64_t user_ns = 0;
  int64_t system_ns = 0;
};

class ReaderPool {
 public:
  // Makes the reader of a thread, on that thread.
  using MakeReader = std::function<Result<std::unique_ptr<Reader>>(unsigned index)>;

  // Starts `count` threads, or says why a reader could not be made. `stop` cuts a running poll.
  static Result<std::unique_ptr<ReaderPool>> Start(unsigned count, const MakeReader& make,
                                                   const std::atomic<bool>& stop);
  ~ReaderPool();  // joins

  // Serves the tasks of `run`, flushes every reader's batch, and adds what the readers counted to `counters`. Gives the
  // CPU time they took for it. One caller.
  CpuUse Run(PollRun& run, collect::SinkCounters& counters);

  unsigned size() const { return static_cast<unsigned>(threads_.size()); }

 private:
  explicit ReaderPool(const std::atomic<bool>& stop) : stop_(stop) {}
  void ThreadMain(unsigned index, const MakeReader& make);
  void Work(Reader& reader, PollRun& run);

  const std::atomic<bool>& stop_;
  std::atomic<uint32_t> seq_{0};
  std::vector<std::thread> threads_;

  std::mutex mutex_;
  std::condition_variable changed_;
  PollRun* run_ = nullptr;   // the poll being served
  uint64_t generation_ = 0;  // of run_
  unsigned busy_ = 0;        // readers that have not finished it
  unsigned started_ = 0;     // readers that were made, or failed
  bool ending_ = false;
  std::optional<Error> error_;
  collect::SinkCounters counters_;
  CpuUse cpu_;

 public:
  // First sequence number (-nlmsgSeq); before the first Run.
  void SetFirstSequence(uint32_t seq) { seq_ = seq; }
};

}  // namespace xtcp2::daemon
