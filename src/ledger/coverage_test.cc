#include "ledger/coverage.h"

#include <gtest/gtest.h>

#include "ledger/counts_for_test.h"

namespace xtcp2::ledger {
namespace {

using Counts = xtcp2_ledger_counts;

constexpr NetnsKey kOne{1, 100}, kTwo{2, 200};

TcpOpens Kernel(uint64_t active, uint64_t passive, uint64_t failed = 0) { return {active, passive, failed, 0}; }

bpf::LedgerTotals Totals(const Counts& counts) {
  bpf::LedgerTotals totals{};
  totals.counts = counts;
  return totals;
}

TEST(CoverageTest, NothingOpenedIsCovered) {
  const CoverageReport report = Coverage(true).Report({}, 0);
  EXPECT_EQ(report.ratio(), 1.0);
  EXPECT_EQ(report.connections, 0u);
}

TEST(CoverageTest, OnlyWhatBeganSinceTheFirstReading) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", Kernel(1000, 500), Numbers{.opened = 3, .accepted = 2});
  const Counts now = Numbers{.opened = 13, .accepted = 7};
  coverage.Read(kOne, Kernel(1010, 505), now, now);
  const CoverageReport report = coverage.Report(Totals(now), 0);
  ASSERT_EQ(report.by_netns.size(), 1u);
  EXPECT_EQ(report.by_netns[0].connections, 15u);
  EXPECT_EQ(report.by_netns[0].covered, 15u);
  EXPECT_EQ(report.connections, 20u) << "the ledger's own, before the first reading too";
  EXPECT_EQ(report.unverified_hidden, 5u);
  EXPECT_EQ(report.ratio(), 1.0);
}

// ActiveOpens has no connection whose SYN was never sent; PassiveOpens has children that never became one.
TEST(CoverageTest, TermsOfBothSides) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", {}, {});
  const Counts now = Numbers{.opened = 10, .accepted = 4, .closed = 14, .failed = 3, .unsent = 2, .stillborn = 1};
  coverage.Read(kOne, Kernel(8, 5, 6), now, now);
  const CoverageReport report = coverage.Report(Totals(now), 0);
  EXPECT_EQ(report.connections, 12u);
  EXPECT_EQ(report.covered, 12u);
  EXPECT_EQ(report.failed_attempts, 6u);
  EXPECT_EQ(report.surplus, 0u);
  EXPECT_EQ(report.by_netns[0].connections, 12u);
  EXPECT_EQ(report.alive, 0u);
}

TEST(CoverageTest, WhatTheLedgerDidNotSeeIsLost) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", {}, {});
  coverage.Begin(kTwo, "two", {}, {});
  const Counts one = Numbers{.opened = 90}, two = Numbers{.accepted = 100};
  coverage.Read(kOne, Kernel(100, 0), one, one);
  coverage.Read(kTwo, Kernel(0, 100), two, two);
  const CoverageReport report = coverage.Report(Totals(Numbers{.opened = 90, .accepted = 100}), 0);
  EXPECT_EQ(report.lost_uncounted, 10u);
  EXPECT_EQ(report.connections, 200u);
  EXPECT_DOUBLE_EQ(report.ratio(), 0.95);
  EXPECT_EQ(report.by_netns[0].name, "one") << "the worst comes first";
  EXPECT_DOUBLE_EQ(report.by_netns[0].ratio(), 0.9);
  EXPECT_EQ(report.by_netns[0].uncounted, 10u);
  EXPECT_DOUBLE_EQ(report.by_netns[1].ratio(), 1.0);
}

TEST(CoverageTest, WhatIsCountedDuringTheReadingIsNoLoss) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", {}, {});
  coverage.Read(kOne, Kernel(105, 0), Numbers{.opened = 100}, Numbers{.opened = 110});
  const CoverageReport report = coverage.Report(Totals(Numbers{.opened = 110}), 0);
  EXPECT_EQ(report.lost_uncounted, 0u);
  EXPECT_EQ(report.surplus, 0u);
  EXPECT_EQ(report.ratio(), 1.0);
}

TEST(CoverageTest, LostRowsAreAdmittedWhereRowsAreWanted) {
  const Counts now = Numbers{.opened = 100, .closed = 100, .rows_lost = 30};
  bpf::LedgerTotals totals = Totals(now);
  totals.rows_paused = 10;
  for (const bool rows : {true, false}) {
    Coverage coverage(rows);
    coverage.Begin(kOne, "one", {}, {});
    coverage.Read(kOne, Kernel(100, 0), now, now);
    const CoverageReport report = coverage.Report(totals, 0);
    EXPECT_DOUBLE_EQ(report.ratio(), rows ? 0.7 : 1.0);
    EXPECT_EQ(report.lost_ring_full, rows ? 20u : 0u);
    EXPECT_EQ(report.lost_paused, rows ? 10u : 0u);
    EXPECT_EQ(report.by_netns[0].rows_lost, rows ? 30u : 0u);
  }
}

TEST(CoverageTest, AnEndedNamespaceStaysInTheHostsNumbers) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", {}, {});
  const Counts last = Numbers{.opened = 8};
  coverage.Read(kOne, Kernel(10, 0), last, last);
  coverage.End(kOne);
  coverage.AddDeadUnverified(5);  // another that nobody read
  const CoverageReport report = coverage.Report(Totals(Numbers{.opened = 13}), 1);
  EXPECT_TRUE(report.by_netns.empty());
  EXPECT_EQ(report.connections, 15u);
  EXPECT_EQ(report.lost_uncounted, 2u);
  EXPECT_EQ(report.unverified_dead, 5u);
  EXPECT_EQ(report.unverified_hidden, 0u);
  EXPECT_EQ(report.namespaces_hidden, 1u);
}

// The maps were full: the namespace's line lacks them, the host's totals have them.
TEST(CoverageTest, WhatFoundNoPlaceInTheMapsIsCounted) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", {}, {});
  coverage.Read(kOne, Kernel(50, 0), {}, {});
  bpf::LedgerTotals totals = Totals(Numbers{.opened = 50});
  totals.uncounted_netns = 50;
  const CoverageReport report = coverage.Report(totals, 0);
  EXPECT_EQ(report.lost_uncounted, 0u);
  EXPECT_EQ(report.ratio(), 1.0);
  EXPECT_EQ(report.by_netns[0].ratio(), 0.0) << "by namespace it is unknown";
}

TEST(CoverageTest, ASurplusIsTold) {
  Coverage coverage(false);
  coverage.Begin(kOne, "one", {}, {});
  coverage.Read(kOne, Kernel(10, 0), Numbers{.opened = 12}, Numbers{.opened = 12});
  const CoverageReport report = coverage.Report(Totals(Numbers{.opened = 12}), 0);
  EXPECT_EQ(report.surplus, 2u);
}

TEST(CoverageTest, OlderConnectionsAreNotAmongThoseAlive) {
  bpf::LedgerTotals totals = Totals(Numbers{.opened = 5, .accepted = 5, .closed = 9});
  totals.births_unknown = 4;  // of the nine that ended, four were older
  const CoverageReport report = Coverage(false).Report(totals, 0);
  EXPECT_EQ(report.begun_before, 4u);
  EXPECT_EQ(report.alive, 5u);
}

}  // namespace
}  // namespace xtcp2::ledger
