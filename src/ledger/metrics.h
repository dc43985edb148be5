// The ledger's numbers as metrics. No label for a namespace: of the worst ten there is a gauge for each rank. One
// thread at a time.
#pragma once

#include <vector>

#include "base/metrics.h"
#include "ledger/event_rows.h"
#include "ledger/report.h"

namespace xtcp2::ledger {

// Events by what became of them: "row", "filtered", "sampled_out", "unwanted_namespace".
Counter& EventsCounter(Metrics& metrics, const char* outcome);

class LedgerMetrics {
 public:
  // Every series is there from the first scrape on.
  explicit LedgerMetrics(Metrics& metrics = Metrics::Global());

  // Since the last call of either.
  void Update(const Snapshot& snapshot);
  void Add(const EventRows::Counters& counters);

 private:
  // A counter that follows a number, which may only grow, on from where another of this ledger's left off; a ledger
  // that was loaded anew begins at zero.
  struct Follower {
    explicit Follower(Counter& follows) : counter(&follows), seen(follows.Value()) {}
    Counter* counter;
    uint64_t seen;
    void Follow(uint64_t now);
  };
  // The ledger was loaded anew.
  void StartAnew();
  Follower Connections(const char* event);
  Follower RowsLost(const char* reason);
  Follower Births(const char* reason);
  Gauge& Unverified(const char* reason);

  Metrics& metrics_;
  Follower opened_, accepted_, closed_, failed_, reset_;
  Follower ring_full_, paused_rows_, open_rows_;
  Follower older_, map_full_, missed_;
  Counter &rows_, &filtered_, &sampled_out_, &unwanted_;
  Gauge &coverage_, &alive_, &uncounted_, &ended_unread_, &hidden_, &ring_bytes_, &memory_bytes_, &paused_;
  std::vector<Gauge*> worst_;
};

}  // namespace xtcp2::ledger
