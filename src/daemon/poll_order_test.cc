#include "daemon/poll_order.h"

#include <gtest/gtest.h>

#include <set>

#include "base/clock.h"

namespace xtcp2::daemon {
namespace {

std::vector<NetnsEntry> Entries(size_t count) {
  std::vector<NetnsEntry> entries;
  for (size_t i = 1; i <= count; ++i) entries.push_back({{4, i}, "ns" + std::to_string(i), {}, false});
  return entries;
}

// Runs one poll in which the first `budget` tasks are served as `served`; gives the inodes that were.
std::set<uint64_t> PollWith(PollOrder& order, size_t namespaces, size_t budget, Served served = Served::kComplete) {
  PollRun run(order.Begin(Entries(namespaces), true).tasks, 1, MonotonicNs() + kNsPerSecond);
  const std::atomic<bool> stop{false};
  std::set<uint64_t> inodes;
  while (inodes.size() < budget) {
    const PollRun::Taken taken = run.Take(stop, false);
    if (taken.kind != PollRun::Taken::Kind::kNamespace) break;
    inodes.insert(run.tasks()[taken.index].netns.id.inode);
    ServeResult result;
    result.served = served;
    run.Done(taken.index, result);
  }
  order.End(run);
  return inodes;
}

TEST(PollOrder, WithTimeForAThirdFourPollsServeEverybody) {
  PollOrder order;
  std::set<uint64_t> served;
  for (int poll = 0; poll < 4; ++poll) served.merge(PollWith(order, 1000, 334));
  EXPECT_EQ(served.size(), 1000u);
}

TEST(PollOrder, NobodyIsServedTwiceBeforeEverybodyOnce) {
  PollOrder order;
  const auto first = PollWith(order, 10, 5);
  const auto second = PollWith(order, 10, 5);
  for (const uint64_t inode : first) EXPECT_FALSE(second.contains(inode));
}

TEST(PollOrder, ANewNamespaceComesFirst) {
  PollOrder order;
  PollWith(order, 10, 10);
  EXPECT_EQ(PollWith(order, 11, 1), (std::set<uint64_t>{11}));
}

TEST(PollOrder, FailuresBackOffAndAreNewsOnce) {
  PollOrder order;
  size_t tried = 0, news = 0;
  for (int poll = 0; poll < 64; ++poll) {
    PollOrder::Plan plan = order.Begin(Entries(1), true);
    EXPECT_EQ(plan.backed_off, plan.tasks.empty() ? 1u : 0u);
    PollRun run(std::move(plan.tasks), 1, MonotonicNs() + kNsPerSecond);
    const std::atomic<bool> stop{false};
    if (const auto taken = run.Take(stop, false); taken.kind == PollRun::Taken::Kind::kNamespace) {
      ++tried;
      ServeResult result;
      result.served = Served::kFailed;
      run.Done(taken.index, result);
    }
    news += order.End(run).first_failures.size();
  }
  EXPECT_EQ(news, 1u);
  EXPECT_GE(tried, 5u);   // it is tried again and again
  EXPECT_LE(tried, 10u);  // but ever more rarely
}

TEST(PollOrder, ANewWayInEndsABackOff) {
  PollOrder order;
  const auto tried = [&](std::vector<std::string> paths) {
    const std::atomic<bool> stop{false};
    PollRun run(order.Begin({{{4, 1}, "ns", std::move(paths), false}}, true).tasks, 1, MonotonicNs() + kNsPerSecond);
    ServeResult failure;
    failure.served = Served::kFailed;
    for (size_t i = 0; i < run.tasks().size(); ++i) run.Done(run.Take(stop, false).index, failure);
    order.End(run);
    return !run.tasks().empty();
  };
  for (int poll = 0; poll < 20; ++poll) tried({"/proc/5/ns/net", "/run/netns/a"});
  EXPECT_FALSE(tried({"/proc/5/ns/net", "/run/netns/a"}));
  EXPECT_FALSE(tried({"/proc/5/ns/net"}));
  EXPECT_TRUE(tried({"/proc/5/ns/net", "/run/netns/b"}));
}

TEST(PollOrder, ForgetsWhatIsGoneUnlessTheScanFailed) {
  PollOrder order;
  PollWith(order, 5, 5);
  EXPECT_EQ(order.known(), 5u);
  order.Begin(Entries(1), false);
  EXPECT_EQ(order.known(), 5u);
  order.Begin(Entries(1), true);
  EXPECT_EQ(order.known(), 1u);
}

TEST(PollRun, NoTaskIsBegunAfterTheDeadline) {
  PollOrder order;
  PollRun run(order.Begin(Entries(3), true).tasks, 1, MonotonicNs() - 1);
  const std::atomic<bool> stop{false};
  EXPECT_EQ(run.Take(stop, true).kind, PollRun::Taken::Kind::kNothing);
  EXPECT_TRUE(run.timed_out());
  EXPECT_EQ(run.results()[0].served, Served::kUnserved);
}

}  // namespace
}  // namespace xtcp2::daemon
