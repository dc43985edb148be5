#include "daemon/reader.h"

#include <algorithm>

#include "base/clock.h"
#include "daemon/reader_slot.h"

namespace xtcp2::daemon {

Result<std::unique_ptr<Reader>> Reader::Make(unsigned index, const HostFacts& host, const ReadSettings& settings,
                                             std::unique_ptr<collect::RowSink> sink,
                                             std::unique_ptr<collect::DumpRunner> runner, TapFactory taps) {
  Result<NetnsDoor> door = NetnsDoor::Here();
  if (!door) return tl::unexpected(door.error());
  return std::unique_ptr<Reader>(
      new Reader(index, host, settings, std::move(sink), std::move(runner), std::move(taps), std::move(*door)));
}

bool Reader::KnownEmpty(const NetnsTask& task) const {
  if (task.memory == nullptr || !task.memory->sockstat.open()) return false;
  const Result<SocketCounts> counts = task.memory->sockstat.Read();
  if (!counts) {
    task.memory->sockstat = {};
    return false;
  }
  task.memory->counts = *counts;
  // Bound-only sockets are in no count: where they are wanted every namespace is dumped.
  return counts->empty() && (settings_.states & netlink::kBoundOnly) == 0;
}

// Whether it may ever be divided, so that its ports are worth counting.
bool Reader::Worthwhile(const NetnsMemory* memory) const {
  return memory != nullptr && settings_.readers > 1 && settings_.parts > 1 &&
         memory->counts.total() >= 2 * settings_.sockets_per_part;
}

// How a namespace is divided: not, where it has few sockets, or no more than one reader's due of all sockets.
std::vector<collect::PortRange> Reader::Parts(const PollRun& run, const NetnsMemory& memory) const {
  const uint64_t sockets = memory.counts.total();
  const uint64_t all = std::max(run.sockets_known, sockets);
  const uint64_t due = all == 0 ? 0 : (sockets * settings_.readers + all / 2) / all;
  const uint64_t parts = std::min<uint64_t>({settings_.parts, due, sockets / settings_.sockets_per_part});
  return parts < 2 ? std::vector<collect::PortRange>{} : memory.ports.Split(static_cast<unsigned>(parts));
}

Result<> Reader::OpenHere(const PollRun& run, const NetnsTask& task, std::vector<DumpPtr>& dumps) {
  if (task.memory != nullptr && !task.memory->sockstat.open()) {
    // Where there is none, the namespace is dumped.
    if (Result<NetnsSockstat> sockstat = NetnsSockstat::OpenHere()) task.memory->sockstat = std::move(*sockstat);
    if (KnownEmpty(task)) return {};
  }
  if (run.count_only) return {};
  const auto open = [&](std::optional<collect::PortRange> part) -> Result<> {
    Result<netlink::DiagSocket> socket = netlink::DiagSocket::Open(settings_.receive_timeout_ms);
    if (!socket) return tl::unexpected(socket.error());
    const uint64_t cookie = socket->NetnsCookie();
    dumps.push_back(std::make_unique<NetnsDump>(NetnsDump{0, std::move(*socket), part, task.netns.name, cookie}));
    return {};
  };
  Result<> first = open(std::nullopt);
  if (!first || task.memory == nullptr) return first;
  if (std::exchange(task.memory->cookie, dumps[0]->cookie) != dumps[0]->cookie) task.memory->ports.Clear();
  const std::vector<collect::PortRange> parts = Parts(run, *task.memory);
  if (parts.empty()) return {};
  dumps[0]->part = parts[0];
  for (size_t i = 1; i < parts.size(); ++i)
    if (Result<> opened = open(parts[i]); !opened) return opened;
  return {};
}

DumpPtr Reader::Open(PollRun& run, size_t index) {
  const NetnsTask& task = run.tasks()[index];
  const int64_t start = MonotonicNs();
  ServeResult result;
  std::vector<DumpPtr> dumps;
  Result<> opened;
  const bool counted = task.memory != nullptr && task.memory->sockstat.open();
  if (!KnownEmpty(task) && !(counted && run.count_only))
    opened = door_.Visit(task.netns, [&] { return OpenHere(run, task, dumps); });
  if (task.memory != nullptr && !task.keep_sockstat) task.memory->sockstat = {};
  result.open_ns = MonotonicNs() - start;
  if (!opened) {
    result.served = NetnsIsGone(opened.error().code) ? Served::kVanished : Served::kFailed;
    result.error = opened.error().Text();
  } else if (dumps.empty()) {
    result.served = Served::kEmpty;
  }
  if (!opened || dumps.empty()) {
    run.Done(index, std::move(result));
    return nullptr;
  }
  const bool renamed = !NameHolds(task.netns);
  for (const DumpPtr& dump : dumps) {
    dump->index = index;
    if (renamed) dump->name = UnnamedNetns(task.netns.id.inode);
  }
  return run.Open(index, result.open_ns, std::move(dumps));
}

}  // namespace xtcp2::daemon
