#include "ledger/worker.h"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>

#include <algorithm>
#include <future>

#include "base/clock.h"

namespace xtcp2::ledger {

void SleepUntil(int descriptor, int other, int64_t until_ns) {
  pollfd wanted[] = {{descriptor, POLLIN, 0}, {other, POLLIN, 0}};
  const int64_t left = std::max<int64_t>(0, until_ns - MonotonicNs());
  const timespec time{left / kNsPerSecond, left % kNsPerSecond};
  ppoll(wanted, other < 0 ? 1 : 2, &time, nullptr);  // whatever it says, the loop looks for itself
}

Worker::~Worker() {
  End();
  if (thread_.joinable()) thread_.join();
}

Result<> Worker::Start(const char* name, const std::function<Result<>()>& prepare, std::function<void()> run) {
  wake_ = Fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake_.ok()) return FailErrno("making the ledger's eventfd");
  std::promise<Result<>> prepared;
  thread_ = std::thread([this, name, &prepare, &prepared, run = std::move(run)] {
    pthread_setname_np(pthread_self(), name);
    Result<> result = prepare();
    const bool good = result.has_value();
    prepared.set_value(std::move(result));
    if (good) run();
    std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
  });
  return prepared.get_future().get();
}

void Worker::End() {
  ending_ = true;
  if (wake_.ok()) eventfd_write(wake_.get(), 1);
}

bool Worker::WaitEnded(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, timeout, [&] { return ended_; });
}

}  // namespace xtcp2::ledger
