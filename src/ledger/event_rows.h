// From events of the ledger to rows: each gets its namespace's name, wall time for the kernel's clock, and goes through
// filter and sample like a socket of a poll. The ledger's thread only.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "abi/bpf_row.h"
#include "collect/row_sink.h"
#include "filter/filter.h"
#include "ledger/coverage.h"
#include "ledger/netns_source.h"

namespace xtcp2::ledger {

struct EventRowOptions {
  schema::Context host;  // what rows of all namespaces share; its texts outlive this
  bool ipv4 = true, ipv6 = true;
  // Its `state` is a connection's last one before CLOSE: "state syn-sent" finds connects that failed. Devices are not
  // looked up: a filter that names one matches no event.
  filter::Filter filter;
  decode::LocateOptions locate;  // of the sink; the filter's attributes are added
};

class EventRows {
 public:
  // How a namespace is called, and whether its rows are wanted.
  using Naming = std::function<SeenNetns(NetnsKey)>;

  EventRows(const EventRowOptions& options, std::unique_ptr<collect::RowSink> sink, Naming naming);

  // The events that follow are drained together: `now_ns`, wall time, is timestamp_ns of their rows, which are numbered
  // from 1. `behind_ns`: wall time less CLOCK_MONOTONIC.
  void Begin(int64_t now_ns, int64_t behind_ns, const filter::Sampler& sampler);
  void Take(const xtcp2_ledger_event& event);
  // Hands over the rows.
  void End();

  // Since the last call. `filtered`: also those of unwanted families; those of namespaces that are not wanted are
  // `unwanted`.
  struct Counters {
    collect::SinkCounters sink;
    uint64_t unwanted = 0;
  };
  Counters TakeCounters();

 private:
  // Rows of one kind and namespace.
  struct Line {
    collect::Lane lane;
    std::string name;
    bool wanted = true;
    uint64_t drain = 0;  // for which the lane was begun
  };
  Line& Find(const xtcp2_ledger_event& event);
  void BeginLane(Line& line, const xtcp2_ledger_event& event);
  bool Matches(const xtcp2_ledger_event& event);

  static constexpr size_t kMostLines = 1024;

  const EventRowOptions options_;
  const std::unique_ptr<collect::RowSink> sink_;
  const Naming naming_;
  std::map<std::pair<NetnsKey, uint32_t>, Line> lines_;
  filter::Sampler sampler_;
  std::atomic<uint64_t> counter_{0};
  uint64_t drain_ = 0;
  int64_t now_ns_ = 0, behind_ns_ = 0;
  uint64_t filtered_ = 0, unwanted_ = 0;
  // The event at work, with wall time, and what may be read behind it.
  struct {
    xtcp2_ledger_event event;
    uint8_t slack[decode::kReadSlack];
  } work_{};
  schema::Socket socket_;  // as the filter sees it
};

}  // namespace xtcp2::ledger
