#include "daemon/poller.h"

#include <pthread.h>

#include <algorithm>
#include <chrono>

#include "base/clock.h"

namespace xtcp2::daemon {
namespace {

// Names are looked for at least so often, and in every poll so long after namespaces came or went: they get their names
// a moment after they are made.
constexpr int64_t kNamesHold = 30 * kNsPerSecond, kSettling = 5 * kNsPerSecond;

}  // namespace

Poller::Poller(const PollerOptions& options, NetnsScanner scanner, ReaderPool& readers, const std::atomic<bool>& stop,
               std::function<void()> finished, std::unique_ptr<WalkSource> walk)
    : options_(options),
      scanner_(std::move(scanner)),
      readers_(readers),
      stop_(stop),
      finished_(std::move(finished)),
      walk_(std::move(walk)),
      // Where namespaces are looked for only now and then, nothing may keep a dead one alive so long.
      order_(options.scan_before_poll ? options.sockstats : 0),
      budget_(options.budget, options.frequency_ns),
      random_(std::random_device{}()) {}

Poller::~Poller() {
  if (thread_.joinable()) thread_.join();
}

void Poller::Start() {
  last_progress_ns_ = MonotonicNs();
  thread_ = std::thread([this] { Loop(); });
}

void Poller::Wake() {
  std::lock_guard lock(mutex_);
  wake_.notify_all();
}

bool Poller::WaitEnded(std::chrono::milliseconds timeout) {
  std::unique_lock lock(mutex_);
  return wake_.wait_for(lock, timeout, [&] { return ended_; });
}

Poller::Status Poller::GetStatus() const {
  return {polls_.load(), partial_.load(), last_progress_ns_.load(), polling_.load()};
}

bool Poller::WaitUntil(int64_t due_ns) {
  std::unique_lock lock(mutex_);
  while (!stop_.load(std::memory_order_relaxed)) {
    const int64_t left = due_ns - MonotonicNs();
    if (left <= 0) return true;
    wake_.wait_for(lock, std::chrono::nanoseconds(left));
  }
  return false;
}

// frequency - w/2 + uniform [0, w), w the jitter: hosts that were started together do not poll together for ever.
int64_t Poller::Interval() {
  const int64_t width = options_.frequency_ns / 100 * options_.jitter_pct;
  if (width == 0) return options_.frequency_ns;
  return options_.frequency_ns - width / 2 + std::uniform_int_distribution<int64_t>(0, width - 1)(random_);
}

// The tick behind `due_ns`. Ticks that passed while a poll was running are skipped and counted.
int64_t Poller::NextTick(int64_t due_ns) {
  int64_t next = due_ns + Interval();
  const int64_t now = MonotonicNs();
  uint64_t skipped = 0;
  for (; next + options_.frequency_ns <= now; next += options_.frequency_ns) ++skipped;
  if (next < now) {
    ++skipped;
    next = now;  // late already: poll at once, count on from here
  }
  if (skipped != 0) {
    metrics_.SkippedTicks(skipped);
    overruns_.Happened("a poll took {:.3f} s longer than -frequency allows: {} ticks skipped",
                       static_cast<double>(now - due_ns - options_.frequency_ns) * 1e-9, skipped);
  }
  return next;
}

void Poller::Loop() {
  pthread_setname_np(pthread_self(), "xtcp2-poll");
  const int64_t width = options_.frequency_ns / 100 * options_.jitter_pct;
  int64_t due = MonotonicNs();
  if (width > 0) due += std::uniform_int_distribution<int64_t>(0, width - 1)(random_);
  while (WaitUntil(due)) {
    PollOnce();
    metrics_.MaybeSummarise(false);
    if (options_.max_loops != 0 && polls_.load() >= options_.max_loops) break;
    due = NextTick(due);
  }
  metrics_.MaybeSummarise(true);
  if (finished_) finished_();
  std::lock_guard lock(mutex_);
  ended_ = true;
  wake_.notify_all();
}

// The walk itself needs no scan, only names do.
bool Poller::MustScan(const bpf::TableList* tables, int64_t now) {
  const bool due = options_.scan_interval_ns > 0 && now - last_scan_ns_ >= options_.scan_interval_ns;
  if (last_scan_ns_ == 0 || due) return true;
  if (!options_.scan_before_poll) return false;
  if (tables == nullptr) return true;
  std::vector<bpf::NetnsIdentity> namespaces = tables->namespaces;
  std::sort(namespaces.begin(), namespaces.end());
  if (namespaces != namespaces_) {
    namespaces_ = std::move(namespaces);
    unsettled_until_ns_ = now + kSettling;
  }
  return now < unsettled_until_ns_ || now - last_scan_ns_ >= kNamesHold;
}

const NetnsScan& Poller::Scan(const bpf::TableList* tables) {
  const int64_t now = MonotonicNs();
  if (!MustScan(tables, now)) return scan_;
  scan_ = scanner_.Scan();
  std::erase_if(scan_.entries, [&](const NetnsEntry& netns) {
    const bool selected = options_.selection.Selected(netns.name, netns.id.inode);
    if (!selected) scan_.excluded.push_back(netns.id.inode);
    return !selected;
  });
  last_scan_ns_ = now;
  if (scan_.error) {
    scan_errors_.Happened("looking for network namespaces failed, some may be missing: {}", scan_.error->Text());
  }
  return scan_;
}

void Poller::PollOnce() {
  polling_ = true;
  ++polls_;
  const int64_t start = MonotonicNs();
  last_progress_ns_ = start;
  int64_t timestamp = RealtimeNs();
  if (timestamp == last_timestamp_ns_) ++timestamp;  // it identifies the poll
  last_timestamp_ns_ = timestamp;

  const std::optional<bpf::TableList> listed = ListTables();
  const bpf::TableList* tables = listed ? &*listed : nullptr;
  const NetnsScan& scan = Scan(tables);
  PollOrder::Plan plan = order_.Begin(scan.entries, !scan.error);
  PollTimes times;
  times.scan_ns = MonotonicNs() - start;
  const filter::Sampler sampler = ChooseSampler(plan.tasks, start + options_.timeout_ns, tables);
  PollRun run(std::move(plan.tasks), timestamp, start + options_.timeout_ns);
  run.sampler = sampler;
  run.sockets_known = sockets_known_;
  collect::SinkCounters counters;
  times.cpu = Serve(run, tables, counters);
  times.serve_ns = MonotonicNs() - start - times.scan_ns;

  budget_.Learn(sockets_known_, counters.rows + counters.sampled_out, counters.rows, counters.row_bytes);

  const PollOrder::News news = order_.End(run);
  const PollResult result = metrics_.Account(run, scan, plan, counters, times);
  if (result == PollResult::kPartial) ++partial_;
  Report(run, news, result);
  last_progress_ns_ = MonotonicNs();
  polling_ = false;
}

void Poller::Report(const PollRun& run, const PollOrder::News& news, PollResult result) {
  for (const size_t i : news.first_failures)
    LogWarning("namespace {} (inode {}) cannot be entered, its sockets are missing: {}; tried again with back-off",
               run.tasks()[i].netns.name, run.tasks()[i].netns.id.inode, run.results()[i].error);
  if (result == PollResult::kComplete) return;
  size_t unserved = 0, incomplete = 0;
  for (const ServeResult& r : run.results()) {
    unserved += r.served == Served::kUnserved;
    incomplete += r.served == Served::kIncomplete;
  }
  if (unserved + incomplete == 0 || stop_.load(std::memory_order_relaxed)) return;
  if (run.served_by_walk) {
    partial_polls_.Happened("partial poll: the walk in BPF did not read every socket");
    return;
  }
  partial_polls_.Happened(
      "partial poll: {} of {} namespaces were not reached within -timeout (they come first next time), {} gave "
      "an incomplete dump",
      unserved, run.tasks().size(), incomplete);
}

}  // namespace xtcp2::daemon
