#include "bench/process_use.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/clock.h"

namespace xtcp2::bench {
namespace {

TEST(ProcessUse, TicksBehindAnyName) {
  EXPECT_EQ(TicksIn("7 (a) b) (c) S 1 7 7 0 -1 4194560 1 2 3 4 250 1750 0 0 20 0"),
            (std::pair<int64_t, int64_t>(250, 1750)));
  EXPECT_EQ(TicksIn("7 (x) S 1"), (std::pair<int64_t, int64_t>(-1, -1)));
  EXPECT_EQ(TicksIn(""), (std::pair<int64_t, int64_t>(-1, -1)));
}

TEST(ProcessUse, NumbersOfAStatus) {
  constexpr std::string_view kStatus = "Name:\tx\nVmHWM:\t   40312 kB\nThreads:\t5\nXThreads:\t9\n";
  EXPECT_EQ(NumberIn(kStatus, "VmHWM"), 40'312u);
  EXPECT_EQ(NumberIn(kStatus, "Threads"), 5u);
  EXPECT_EQ(NumberIn(kStatus, "VmPeak"), 0u);
}

TEST(ProcessUse, DividesTheExactTimeByTicks) {
  const ProcessUse before{1'000'000'000, 10, 90, 0, 0}, after{3'000'000'000, 60, 240, 0, 0};
  const CpuShare share = Between(before, after);
  EXPECT_DOUBLE_EQ(share.user_s, 0.5);
  EXPECT_DOUBLE_EQ(share.system_s, 1.5);
  EXPECT_DOUBLE_EQ(Between(before, before).Total(), 0);
}

TEST(ProcessUse, OfThisProcess) {
  const int64_t begin = CpuNsOf(getpid());
  while (CpuNsOf(getpid()) < begin + 20 * kNsPerMs) {
  }
  const auto use = UseOf(getpid());
  ASSERT_TRUE(use);
  EXPECT_GE(use->cpu_ns, begin + 20 * kNsPerMs);
  EXPECT_GT(use->peak_kib, 1000u);
  EXPECT_GE(use->threads, 1u);
}

TEST(ProcessUse, OfNobodyIsAnError) {
  EXPECT_FALSE(UseOf(0x7ffffffe));
  EXPECT_LT(CpuNsOf(0x7ffffffe), 0);
}

}  // namespace
}  // namespace xtcp2::bench
