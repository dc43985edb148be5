#include "daemon/reader_pool.h"

#include <pthread.h>
#include <sys/resource.h>

#include <fmt/format.h>

namespace xtcp2::daemon {
namespace {

int64_t Ns(const timeval& time) { return time.tv_sec * 1'000'000'000 + time.tv_usec * 1000; }

CpuUse ThreadCpu() {
  rusage use{};
  getrusage(RUSAGE_THREAD, &use);
  return {Ns(use.ru_utime), Ns(use.ru_stime)};
}

}  // namespace

Result<std::unique_ptr<ReaderPool>> ReaderPool::Start(unsigned count, const MakeReader& make,
                                                      const std::atomic<bool>& stop) {
  std::unique_ptr<ReaderPool> pool(new ReaderPool(stop));
  for (unsigned i = 0; i < count; ++i)
    pool->threads_.emplace_back([p = pool.get(), i, &make] { p->ThreadMain(i, make); });
  std::unique_lock lock(pool->mutex_);
  pool->changed_.wait(lock, [&] { return pool->started_ == count; });
  if (pool->error_) {
    const Error error = *pool->error_;
    lock.unlock();
    return tl::unexpected(error);
  }
  lock.unlock();
  return pool;
}

ReaderPool::~ReaderPool() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
    changed_.notify_all();
  }
  for (std::thread& thread : threads_) thread.join();
}

void ReaderPool::ThreadMain(unsigned index, const MakeReader& make) {
  pthread_setname_np(pthread_self(), fmt::format("xtcp2-read-{}", index).c_str());
  Result<std::unique_ptr<Reader>> reader = make(index);
  std::unique_lock lock(mutex_);
  ++started_;
  if (!reader) error_ = reader.error();
  changed_.notify_all();
  uint64_t seen = 0;
  while (reader) {
    changed_.wait(lock, [&] { return ending_ || generation_ != seen; });
    if (ending_) return;
    seen = generation_;
    PollRun& run = *run_;
    lock.unlock();
    const CpuUse before = ThreadCpu();
    Work(**reader, run);
    const CpuUse after = ThreadCpu();
    lock.lock();
    cpu_.user_ns += after.user_ns - before.user_ns;
    cpu_.system_ns += after.system_ns - before.system_ns;
    counters_.Add((*reader)->sink().TakeCounters());
    if (--busy_ == 0) changed_.notify_all();
  }
}

void ReaderPool::Work(Reader& reader, PollRun& run) {
  reader.sink().BeginPoll(run.timestamp_ns, &run.record_counter, run.sampler);
  reader.Work(run, seq_, stop_);
  reader.sink().Flush(stop_.load(std::memory_order_relaxed) ? encode::FlushReason::kShutdown
                      : run.timed_out()                     ? encode::FlushReason::kPollTimeout
                                                            : encode::FlushReason::kPollEnd);
}

CpuUse ReaderPool::Run(PollRun& run, collect::SinkCounters& counters) {
  std::unique_lock lock(mutex_);
  run_ = &run;
  busy_ = size();
  ++generation_;
  changed_.notify_all();
  changed_.wait(lock, [&] { return busy_ == 0; });
  run_ = nullptr;
  run.Close();
  counters.Add(std::exchange(counters_, {}));
  return std::exchange(cpu_, {});
}

}  // namespace xtcp2::daemon
