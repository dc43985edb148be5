// A reader thread's work: takes namespaces of a poll, counts what they hold, enters those that hold something, opens
// sockets there, comes back and dumps. Or, where the poll goes by BPF, takes its share of the walk. A socket lives for
// its dump only: whatever the number of namespaces, descriptors are bounded.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "collect/dump_runner.h"
#include "collect/row_sink.h"
#include "daemon/host_facts.h"
#include "daemon/netns_door.h"
#include "daemon/poll_run.h"
#include "daemon/walk_reader.h"
#include "filter/filter.h"
#include "schema/names.h"

namespace xtcp2::daemon {

enum class Families : uint8_t { kBoth, kIpv4, kIpv6 };

struct ReadSettings {
  Families families = Families::kBoth;
  uint8_t ext = 0xff;  // netlink::ExtMask of the wanted attributes
  uint32_t states = netlink::kAllStates;
  int64_t receive_timeout_ms = 1000;  // -nltimeout
  int64_t silence_ns = 5'000'000'000;
  filter::Filter filter;
  filter::KernelOperations kernel;  // what of it the kernel can do
  unsigned readers = 1;             // reader threads that there are
  unsigned parts = 4;               // -netlinkers: dumps of one namespace at once
  schema::Collector collector = schema::kNetlink;
  uint64_t sockets_per_part = 8192;  // fewer are not worth another walk of the tables
};

// A capture tap for the datagrams of one namespace, or nothing.
using TapFactory = std::function<collect::DatagramTap(const std::string& name, uint64_t inode, uint64_t cookie)>;

class Reader {
 public:
  // To be made on the thread that will use it: it remembers the namespace that thread is in.
  static Result<std::unique_ptr<Reader>> Make(unsigned index, const HostFacts& host, const ReadSettings& settings,
                                              std::unique_ptr<collect::RowSink> sink,
                                              std::unique_ptr<collect::DumpRunner> runner, TapFactory taps);
  ~Reader();

  collect::RowSink& sink() { return *sink_; }
  // Serves the run until there is nothing left to take. `seq`: sequence numbers are taken from it. `stop` cuts a dump.
  void Work(PollRun& run, std::atomic<uint32_t>& seq, const std::atomic<bool>& stop);

 private:
  Reader(unsigned index, const HostFacts& host, const ReadSettings& settings, std::unique_ptr<collect::RowSink> sink,
         std::unique_ptr<collect::DumpRunner> runner, TapFactory taps, NetnsDoor door);

  // Opens what the namespace needs; null where that is nothing, which the run is told.
  DumpPtr Open(PollRun& run, size_t index);
  // Counts, and opens sockets of the namespace that the thread is in.
  Result<> OpenHere(const PollRun& run, const NetnsTask& task, std::vector<DumpPtr>& dumps);
  // Whether the open counts, read now, say that there is nothing to dump.
  bool KnownEmpty(const NetnsTask& task) const;
  std::vector<collect::PortRange> Parts(const PollRun& run, const NetnsMemory& memory) const;
  bool Worthwhile(const NetnsMemory* memory) const;

  // reader_dump.cc
  struct Slot;
  // Takes as much as the runner can do at once and is a fair share; false when there is nothing left.
  bool Gather(PollRun& run, const std::atomic<bool>& stop);
  void Begin(Slot& slot, DumpPtr dump, const PollRun& run);
  void Compile(Slot& slot) const;
  void RunJobs(std::atomic<uint32_t>& seq, const std::atomic<bool>& stop);
  void Advance(Slot& slot, const collect::DumpResult& result);
  schema::Context DumpContext(const NetnsDump& dump, uint64_t inode, const PollRun& run) const;

  const unsigned index_;
  const HostFacts& host_;
  const ReadSettings& settings_;
  const std::unique_ptr<collect::RowSink> sink_;
  const TapFactory taps_;
  const NetnsDoor door_;
  const std::unique_ptr<collect::DumpRunner> runner_;
  const filter::Compiled compiled_;           // of a filter that is the same in every namespace
  bool one_walk_ = true;                      // the kernel answers for both families at once
  std::vector<std::unique_ptr<Slot>> slots_;  // kept for their memory; the first busy_ are in use
  size_t busy_ = 0;
  std::vector<collect::DumpJob> jobs_;
  std::vector<Slot*> job_slots_;
  WalkReader walk_;
};

}  // namespace xtcp2::daemon
