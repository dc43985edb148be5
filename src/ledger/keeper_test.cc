#include "ledger/keeper.h"

#include <gtest/gtest.h>

#include "ledger/fakes_for_test.h"

namespace xtcp2::ledger {
namespace {

constexpr int64_t kSecond = 1'000'000'000;
constexpr NetnsKey kOne{11, 100}, kTwo{22, 200};

class KeeperTest : public testing::Test {
 protected:
  // Rounds a second apart.
  void Rounds(unsigned count) {
    while (count-- > 0) {
      const Result<> done = keeper_.Round(now_ += kSecond);
      ASSERT_TRUE(done) << done.error().Text();
    }
  }
  // The ledger has counted so many openings there.
  void Counted(NetnsKey key, uint64_t opened, uint64_t closed = 0) {
    auto& counts = program_.lines[key];
    program_.totals.counts.opened += opened - counts.opened;
    program_.totals.counts.closed += closed - counts.closed;
    counts.opened = opened;
    counts.closed = closed;
  }
  CoverageReport Report() { return keeper_.Report().value(); }

  FakeProgram program_;
  FakeHost host_;
  KeeperOptions options_{.max_open = 2, .begun_at = 1000};
  Keeper keeper_{options_, false, program_, host_};
  int64_t now_ = 100 * kSecond;
};

TEST_F(KeeperTest, WhatWasThereBeforeIsNotCounted) {
  host_.Add(kOne, "one", 500);
  Rounds(1);
  host_.Count(kOne.cookie, 510);
  Counted(kOne, 10);
  Rounds(1);
  EXPECT_EQ(Report().connections, 10u);
  EXPECT_EQ(Report().ratio(), 1.0);
  EXPECT_EQ(Report().by_netns[0].connections, 10u);
}

TEST_F(KeeperTest, ANamespaceThatIsNewCountsFromZero) {
  Rounds(1);
  host_.Add(kOne, "one", 20, 2000);
  Counted(kOne, 15);
  Rounds(1);
  EXPECT_EQ(host_.scans, 2u) << "its line makes the keeper look for it at once";
  EXPECT_EQ(Report().lost_uncounted, 5u);
  EXPECT_EQ(Report().connections, 20u);
}

TEST_F(KeeperTest, ANamespaceThatIsOldAndShownLate) {
  Rounds(1);
  host_.Add(kOne, "one", 20, 500);
  Counted(kOne, 15);
  Rounds(1);
  EXPECT_EQ(Report().lost_uncounted, 0u) << "the five may have been before us";
}

TEST_F(KeeperTest, TheLastReadingOfAnEndedNamespaceIsKept) {
  host_.Add(kOne, "one");
  Rounds(1);
  Counted(kOne, 7, 7);
  host_.Count(kOne.cookie, 10);
  host_.namespaces[kOne.inode].shown = false;
  Rounds(1);
  EXPECT_EQ(keeper_.open_files(), 0u) << "let go at once";
  Rounds(4);  // after which its lines are forgotten
  EXPECT_EQ(Report().lost_uncounted, 3u);
  EXPECT_EQ(Report().namespaces, 0u);
  EXPECT_EQ(keeper_.open_files(), 0u);
  EXPECT_EQ(program_.forgotten, std::vector<uint64_t>{kOne.cookie});
}

TEST_F(KeeperTest, ANamespaceThatEndedUnread) {
  Rounds(1);
  Counted(kOne, 5, 5);
  Rounds(6);
  EXPECT_EQ(program_.forgotten, std::vector<uint64_t>{kOne.cookie});
  EXPECT_EQ(Report().unverified_dead, 5u);
  EXPECT_EQ(Report().ratio(), 1.0);
}

TEST_F(KeeperTest, LinesOfWhatLivesStay) {
  Rounds(1);
  Counted(kOne, 5, 4);
  Rounds(20);
  EXPECT_TRUE(program_.forgotten.empty());
  EXPECT_EQ(Report().unverified_hidden, 5u);
}

TEST_F(KeeperTest, ANamespaceThatMayNotBeEntered) {
  host_.Add(kOne, "one");
  host_.namespaces[kOne.inode].locked = true;
  Counted(kOne, 5, 5);
  Rounds(20);
  EXPECT_TRUE(program_.forgotten.empty());
  EXPECT_EQ(Report().namespaces_hidden, 1u);
  EXPECT_EQ(Report().unverified_hidden, 5u);
  EXPECT_LE(host_.scans, 4u) << "it does not make the keeper scan all the time";
}

TEST_F(KeeperTest, AnIncompleteScanEndsNothing) {
  host_.Add(kOne, "one");
  Rounds(1);
  Counted(kOne, 1, 1);
  host_.complete = false;
  host_.namespaces[kOne.inode].shown = false;
  Rounds(30);
  EXPECT_TRUE(program_.forgotten.empty());
  EXPECT_EQ(Report().namespaces, 1u);
}

TEST_F(KeeperTest, AReusedNumberIsAnotherNamespace) {
  options_.max_open = 0;
  Keeper keeper(options_, false, program_, host_);
  host_.Add(kOne, "one");
  ASSERT_TRUE(keeper.Round(now_));
  Counted(kOne, 4, 4);
  host_.Count(kOne.cookie, 4);
  ASSERT_TRUE(keeper.Round(now_ + kSecond));
  const NetnsKey next{33, kOne.inode};
  host_.Add(next, "next", 6, 2000);
  Counted(next, 6);
  for (int i = 2; i < 20; ++i) ASSERT_TRUE(keeper.Round(now_ + i * kSecond));
  const CoverageReport report = keeper.Report().value();
  EXPECT_EQ(report.connections, 10u);
  EXPECT_EQ(report.lost_uncounted + report.surplus, 0u);
  EXPECT_EQ(program_.forgotten, std::vector<uint64_t>{kOne.cookie});
  EXPECT_EQ(keeper.Find(kOne, now_).name, "one");
  EXPECT_EQ(keeper.Find(next, now_).name, "next");
  EXPECT_EQ(keeper.open_files(), 0u);
}

TEST_F(KeeperTest, DescriptorsAreBounded) {
  for (uint32_t i = 1; i <= 5; ++i) host_.Add({i, i}, "each");
  Rounds(1);
  EXPECT_EQ(keeper_.open_files(), 2u);
  for (uint32_t i = 1; i <= 5; ++i) {
    Counted({i, i}, 3);
    host_.Count(i, 4);
  }
  Rounds(1);
  EXPECT_EQ(Report().lost_uncounted, 5u) << "those that are not kept open are read all the same";
}

TEST_F(KeeperTest, QuietNamespacesAreReadSeldom) {
  for (uint32_t i = 1; i <= 2; ++i) host_.Add({i, i}, "each");
  Rounds(1);
  host_.Count(1, 9);  // nothing of it reached the ledger
  Rounds(5);
  EXPECT_EQ(Report().lost_uncounted, 0u);
  Rounds(30);
  EXPECT_EQ(Report().lost_uncounted, 9u);
}

TEST_F(KeeperTest, NamesForRows) {
  host_.Add(kOne, "one");
  EXPECT_EQ(keeper_.Find(kOne, now_).name, "one") << "looked for at once";
  host_.Add(kTwo, "two");
  EXPECT_EQ(keeper_.Find(kTwo, now_ + 1).name, "netns:[200]") << "too soon for another scan";
  EXPECT_EQ(keeper_.Find(kTwo, now_ + kSecond).name, "two");
  EXPECT_EQ(keeper_.Find({99, 200}, now_ + kSecond).name, "netns:[200]") << "another of that number";
}

}  // namespace
}  // namespace xtcp2::ledger
