// Where a source puts what it read. One virtual call per datagram; per socket everything behind it is inlined. One sink
// per reader thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <span>

#include "abi/bpf_row.h"
#include "collect/lane.h"
#include "collect/walk.h"
#include "decode/locate.h"
#include "encode/batch.h"
#include "encode/format.h"
#include "filter/sampler.h"

namespace xtcp2::collect {

// What a reader counted since it was last asked; plain numbers, merged by the poller after each poll.
struct SinkCounters {
  uint64_t rows = 0;
  uint64_t row_bytes = 0;    // encoded, without framing
  uint64_t filtered = 0;     // answers that the filter of their lane does not match
  uint64_t sampled_out = 0;  // sockets that the sample leaves out
  uint64_t duplicates = 0;   // answers whose cookie the namespace had already given in this poll
  uint64_t lost_rows = 0;    // encoded rows that the output would not take (it is stopping)
  // Sockets, whether the sample keeps them or not: [0] IPv4, [1] IPv6; [13] is any other number.
  std::array<std::array<uint64_t, 14>, 2> by_state{};
  decode::LocateCounters locate;

  void Add(const SinkCounters& other);
};

// Takes closed batches, from any reader thread; may wait. False: not taken, the output is stopping.
class BatchOutput {
 public:
  virtual ~BatchOutput() = default;
  virtual encode::PooledBatch TakeBatch() = 0;
  virtual bool Push(encode::PooledBatch batch) = 0;
};

struct SinkOptions {
  encode::EncodeOptions encode;
  decode::LocateOptions locate;
  uint64_t filter_attributes = 0;  // what filters need to see; rows have of it what locate.wanted has
  filter::Filter filter;           // rows that it does not match are left out; without devices
  uint32_t sample_rate = 1;        // at least, whatever the poll's
  size_t max_rows = 10'000;        // of a batch
  size_t max_bytes = 786'432;      // of a framed batch, header not counted; a single larger row is a batch of its own
};

// Whose rows are whose, for sources that give those of all namespaces as they come.
class LaneFinder {
 public:
  // The lane of the namespace that `row` is of; null: its rows are not wanted. A lane lives until the poll is over.
  virtual Lane* Find(const xtcp2_bpf_row& row) = 0;

 protected:
  ~LaneFinder() = default;
};

class RowSink {
 public:
  virtual ~RowSink() = default;

  // The rows that follow belong to this poll; `counter` numbers them across all readers, from 1. Sockets that the
  // sampler leaves out make no row.
  virtual void BeginPoll(int64_t timestamp_ns, std::atomic<uint64_t>* counter, const filter::Sampler& sampler = {}) = 0;
  // ... and to this namespace, for which Lane::Begin was called. May be called for every datagram: the first time since
  // then costs as much as encoding the context, any other next to nothing, however many lanes were entered between.
  virtual void Enter(Lane& lane) = 0;
  // Decodes and encodes every answer of a datagram; `observed_ns` is wall time. At least decode::kReadSlack bytes must
  // be readable behind the datagram, which is borrowed until the call returns.
  virtual DatagramOutcome OnDatagram(Bytes datagram, const DumpExpectation& expect, int64_t observed_ns) = 0;
  // The same for rows of the walk in BPF, whatever their namespaces; no lane need be entered, and `lanes` is asked at
  // most once for a row. The walk gives no socket twice, but for one whose TIME_WAIT takes its place at that moment:
  // that makes one row.
  virtual void OnRows(std::span<const xtcp2_bpf_row> rows, LaneFinder& lanes, int64_t observed_ns) = 0;
  // The row of an event of the ledger, which belongs to `lane`.
  virtual void OnEvent(const xtcp2_ledger_event& event, Lane& lane, int64_t observed_ns) = 0;
  // Hands over what is in the open batch.
  virtual void Flush(encode::FlushReason reason) = 0;
  // Counts since the last call.
  virtual SinkCounters TakeCounters() = 0;
};

// The sink for a format; `output` must outlive it.
std::unique_ptr<RowSink> MakeRowSink(const SinkOptions& options, BatchOutput& output);

}  // namespace xtcp2::collect
