// A thread with a beginning that may fail and an end that may be waited for. What runs on it must not outlive its
// owner, who makes this its last member.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "base/fd.h"
#include "base/result.h"

namespace xtcp2::ledger {

// Until one of them is readable (`other` may be -1), or that moment of the monotonic clock has come, or a signal came.
void SleepUntil(int descriptor, int other, int64_t until_ns);

class Worker {
 public:
  ~Worker();  // ends and joins

  // Once. Runs `prepare` on a new thread and waits for it; then `run`, which returns soon when ending() is true.
  // `name`: at most 15 letters.
  Result<> Start(const char* name, const std::function<Result<>()>& prepare, std::function<void()> run);
  // Tells the thread to end; any thread.
  void End();
  bool ending() const { return ending_.load(std::memory_order_relaxed); }
  // False when the time is over first.
  bool WaitEnded(std::chrono::milliseconds timeout);
  // Readable once End() was called.
  int wake_fd() const { return wake_.get(); }

 private:
  Fd wake_;
  std::atomic<bool> ending_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace xtcp2::ledger
