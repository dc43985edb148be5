// The half of Poller that gives a poll to the readers: by one walk in BPF, or namespace by namespace by netlink.
#include "daemon/poller.h"

namespace xtcp2::daemon {
namespace {

// As counted last.
uint64_t SocketsIn(const std::vector<NetnsTask>& tasks) {
  uint64_t sockets = 0;
  for (const NetnsTask& task : tasks) sockets += task.memory->counts.total();
  return sockets;
}

}  // namespace

// Nothing: the poll goes by netlink, or cannot go.
std::optional<bpf::TableList> Poller::ListTables() {
  if (walk_ == nullptr || !walk_->in_use()) return std::nullopt;
  Result<bpf::TableList> list = walk_->List();
  if (!list) return std::nullopt;
  return std::move(*list);
}

CpuUse Poller::Serve(PollRun& run, const bpf::TableList* tables, collect::SinkCounters& counters) {
  run.served_by_walk = tables != nullptr;
  if (tables == nullptr) {
    const CpuUse cpu = readers_.Run(run, counters);
    sockets_known_ = SocketsIn(run.tasks());
    return cpu;
  }
  const NetnsDirectory directory(run.tasks(), scan_.excluded, options_.selection, options_.own_only);
  const std::unique_ptr<WalkRun> walk = walk_->Begin(*tables, directory, !run.count_only);
  run.walk = walk.get();
  const CpuUse cpu = readers_.Run(run, counters);
  run.walk = nullptr;
  walk_->End(*walk, stop_);
  sockets_known_ = walk->wanted();
  return cpu;
}

// Under a budget the sockets of all namespaces are counted before any row is made: by a walk that makes none, or from
// the kernel's counts, which cost microseconds for each namespace.
filter::Sampler Poller::ChooseSampler(const std::vector<NetnsTask>& tasks, int64_t deadline_ns,
                                      const bpf::TableList* tables) {
  if (budget_.limited()) {
    PollRun count(tasks, last_timestamp_ns_, deadline_ns);
    count.count_only = true;
    collect::SinkCounters nothing;
    Serve(count, tables, nothing);
  }
  return {options_.sample_salt, budget_.Rate(sockets_known_)};
}

}  // namespace xtcp2::daemon
