// The poll loop: a tick, a scan for namespaces, one poll over the reader pool, its account. Owns its thread; everything
// else asks through the atomics of Status().
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <thread>

#include "base/clock.h"
#include "daemon/budget.h"
#include "daemon/netns_scan.h"
#include "daemon/poll_metrics.h"
#include "daemon/poll_order.h"
#include "daemon/reader_pool.h"
#include "daemon/walk_source.h"
#include "filter/netns_pattern.h"

namespace xtcp2::daemon {

struct PollerOptions {
  int64_t frequency_ns = 10 * kNsPerSecond;
  int64_t timeout_ns = 5 * kNsPerSecond;  // no namespace is begun later than this after the poll's start
  unsigned jitter_pct = 20;
  uint64_t max_loops = 0;        // polls; 0 no end
  bool scan_before_poll = true;  // else only every scan_interval_ns
  int64_t scan_interval_ns = 0;  // 0: never on its own
  filter::NetnsSelection selection;
  BudgetLimits budget;
  uint64_t sample_salt = 0;
  bool own_only = false;  // namespaces that no scan shows are not wanted
  size_t sockstats = 0;   // namespaces whose socket counts may stay open between polls: two descriptors each
};

class Poller {
 public:
  // `stop` cuts polls and ends the loop; `finished` is called once from the poller's thread when max_loops polls are
  // done. `walk`: by which polls go as long as it is in use; null: by netlink.
  Poller(const PollerOptions& options, NetnsScanner scanner, ReaderPool& readers, const std::atomic<bool>& stop,
         std::function<void()> finished, std::unique_ptr<WalkSource> walk = nullptr);
  ~Poller();  // joins; set `stop` and Wake() first

  void Start();
  // Ends a wait for the next tick early, so that `stop` is seen.
  void Wake();
  // Waits for the end of the loop; false when the time is over first.
  bool WaitEnded(std::chrono::milliseconds timeout);

  struct Status {
    uint64_t polls = 0;  // begun
    uint64_t partial = 0;
    int64_t last_progress_ns = 0;  // monotonic time at which a poll last began or ended
    bool polling = false;
  };
  Status GetStatus() const;

 private:
  void Loop();
  void PollOnce();
  // Sleeps until `due_ns`; false when told to stop.
  bool WaitUntil(int64_t due_ns);
  int64_t Interval();
  int64_t NextTick(int64_t due_ns);
  // `tables`: of a poll that goes by the walk; null: by netlink.
  const NetnsScan& Scan(const bpf::TableList* tables);
  bool MustScan(const bpf::TableList* tables, int64_t now);
  // poller_serve.cc
  std::optional<bpf::TableList> ListTables();
  CpuUse Serve(PollRun& run, const bpf::TableList* tables, collect::SinkCounters& counters);
  // The sampling rate that keeps to the budget.
  filter::Sampler ChooseSampler(const std::vector<NetnsTask>& tasks, int64_t deadline_ns, const bpf::TableList* tables);
  void Report(const PollRun& run, const PollOrder::News& news, PollResult result);

  const PollerOptions options_;
  const NetnsScanner scanner_;
  ReaderPool& readers_;
  const std::atomic<bool>& stop_;
  const std::function<void()> finished_;
  const std::unique_ptr<WalkSource> walk_;
  PollOrder order_;
  Budget budget_;
  PollMetrics metrics_;
  Event overruns_{LogLevel::kWarning, "xtcp2_poll_overruns_total", "Polls that took longer than the poll interval."};
  Event scan_errors_{LogLevel::kError, "xtcp2_scan_errors_total", "Scans for namespaces that failed."};
  Event partial_polls_{LogLevel::kWarning, "xtcp2_partial_polls_total",
                       "Polls that did not serve every namespace in full."};
  NetnsScan scan_;
  uint64_t sockets_known_ = 0;  // in use in all namespaces at the last poll
  int64_t last_scan_ns_ = 0;
  std::vector<bpf::NetnsIdentity> namespaces_;  // as BPF listed them last, sorted
  int64_t unsettled_until_ns_ = 0;              // they changed lately: names may still be given
  int64_t last_timestamp_ns_ = 0;
  std::minstd_rand random_;

  std::atomic<uint64_t> polls_{0}, partial_{0};
  std::atomic<int64_t> last_progress_ns_{0};
  std::atomic<bool> polling_{false};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ended_ = false;
  std::thread thread_;
};

}  // namespace xtcp2::daemon
