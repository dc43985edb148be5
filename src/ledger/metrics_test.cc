#include "ledger/metrics.h"

#include <gtest/gtest.h>

#include "ledger/counts_for_test.h"

namespace xtcp2::ledger {
namespace {

Snapshot Closed(uint64_t closed) {
  Snapshot snapshot;
  snapshot.report.totals.counts = Numbers{.closed = closed};
  return snapshot;
}

class LedgerMetricsTest : public testing::Test {
 protected:
  uint64_t Closed() { return metrics_.AddCounter("xtcp2_ledger_connections_total", "", {{"event", "closed"}}).Value(); }
  double Worst(const char* rank) {
    return metrics_.AddGauge("xtcp2_ledger_coverage_worst_ratio", "", {{"rank", rank}}).Value();
  }
  Metrics metrics_;
};

TEST_F(LedgerMetricsTest, CountersGoOnWithTheNextReader) {
  LedgerMetrics(metrics_).Update(ledger::Closed(5));
  LedgerMetrics next(metrics_);
  next.Update(ledger::Closed(7));
  next.Update(ledger::Closed(7));
  EXPECT_EQ(Closed(), 7u) << "of the same ledger";
  next.Update(ledger::Closed(2));
  EXPECT_EQ(Closed(), 9u) << "of one that was loaded anew";
}

TEST_F(LedgerMetricsTest, TheWorstByRank) {
  LedgerMetrics metrics(metrics_);
  EXPECT_EQ(Worst("1"), 1);
  Snapshot snapshot;
  snapshot.report.by_netns = {{.key = {}, .name = "a", .connections = 4, .covered = 1},
                              {.key = {}, .name = "b", .connections = 4, .covered = 3}};
  metrics.Update(snapshot);
  EXPECT_EQ(Worst("1"), 0.25);
  EXPECT_EQ(Worst("2"), 0.75);
  EXPECT_EQ(Worst("3"), 1);
  snapshot.report.by_netns.pop_back();
  metrics.Update(snapshot);
  EXPECT_EQ(Worst("2"), 1);
}

}  // namespace
}  // namespace xtcp2::ledger
