// One poll: its namespaces, the dumps they were divided into, who does which, and how each ended. Shared by the poller
// and the reader threads.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "collect/dump.h"
#include "daemon/netns_task.h"
#include "filter/sampler.h"
#include "netlink/channel.h"

namespace xtcp2::daemon {

// How serving a namespace ended; the names are those of the metric label `condition`.
enum class Served : uint8_t {
  kUnserved,    // no reader came to it before the poll's time was over
  kComplete,    // dumped
  kEmpty,       // no socket in use: nothing to dump
  kIncomplete,  // a dump did not end as it should
  kVanished,    // it was gone when we came
  kFailed,      // it could not be entered
  kCancelled,   // the daemon is stopping
};
const char* ServedName(Served served);

inline constexpr size_t kDumpEnds = static_cast<size_t>(collect::DumpEnd::kCancelled) + 1;

// What the dumps of a namespace came to.
struct DumpTotals {
  std::array<uint64_t, kDumpEnds> ends{};  // how many ended in which way
  uint64_t datagrams = 0, bytes = 0, answers = 0, foreign = 0;

  void Add(const collect::DumpResult& dump);
  void Add(const DumpTotals& other);
  uint64_t ended(collect::DumpEnd end) const { return ends[static_cast<size_t>(end)]; }
};

struct ServeResult {
  Served served = Served::kUnserved;
  DumpTotals dumps;
  unsigned parts = 0;   // dumps at once that it was divided into
  int64_t open_ns = 0;  // counting, entering, opening, coming back
  int64_t dump_ns = 0;  // all dumps, decoding and encoding included
  std::string error;    // for kFailed
};

// A dump to be made, of a whole namespace or of one part of it.
struct NetnsDump {
  size_t index;  // of the namespace
  netlink::DiagSocket socket;
  std::optional<collect::PortRange> part;
  std::string name;     // as its rows call it
  uint64_t cookie = 0;  // SO_NETNS_COOKIE
};
using DumpPtr = std::unique_ptr<NetnsDump>;

class WalkRun;

class PollRun {
 public:
  PollRun(std::vector<NetnsTask> tasks, int64_t timestamp, int64_t deadline)
      : timestamp_ns(timestamp),
        deadline_ns(deadline),
        tasks_(std::move(tasks)),
        results_(tasks_.size()),
        left_(tasks_.size()) {}

  const int64_t timestamp_ns;  // wall time; identifies the poll
  const int64_t deadline_ns;   // monotonic; no namespace is begun after it, begun ones are finished
  std::atomic<uint64_t> record_counter{0};
  bool count_only = false;  // no dumps: what each namespace holds is all that is wanted
  filter::Sampler sampler;  // of its rows
  WalkRun* walk = nullptr;  // set: all namespaces are read by it together, no task is taken
  bool served_by_walk = false;
  // Sockets in use in all namespaces when they were last counted.
  uint64_t sockets_known = 0;

  // What is to be done next. A dump comes before a namespace. Waits while another reader may still divide its
  // namespace, if `wait`. Of a namespace taken the caller says Open() or Done().
  struct Taken {
    enum class Kind : uint8_t { kNothing, kNamespace, kDump } kind = Kind::kNothing;
    size_t index = 0;
    DumpPtr dump;
  };
  Taken Take(const std::atomic<bool>& stop, bool wait);
  // The namespace is served by these dumps. The caller keeps the first and gives the others to whoever is free.
  DumpPtr Open(size_t index, int64_t open_ns, std::vector<DumpPtr> dumps);
  // One of its dumps has ended. `ports`: what it saw, where ports were counted.
  void Done(const NetnsDump& dump, const DumpTotals& totals, int64_t dump_ns, const collect::PortUse* ports);
  // It needs none.
  void Done(size_t index, ServeResult result);
  // Readers have left: what is not over was cut.
  void Close();

  // How many namespaces no reader has taken yet.
  size_t untaken() const;
  const std::vector<NetnsTask>& tasks() const { return tasks_; }
  const std::vector<ServeResult>& results() const { return results_; }  // when it is over
  bool timed_out() const { return timed_out_.load(std::memory_order_relaxed); }

 private:
  const std::vector<NetnsTask> tasks_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ServeResult> results_;
  std::vector<unsigned> left_;  // dumps of a namespace that have not ended
  std::vector<DumpPtr> dumps_;  // that nobody has taken
  size_t next_ = 0;             // namespace
  unsigned opening_ = 0;        // namespaces taken and neither open nor done
  std::atomic<bool> timed_out_{false};
};

}  // namespace xtcp2::daemon
