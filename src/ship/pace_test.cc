#include "ship/pace.h"

#include <gtest/gtest.h>

namespace xtcp2::ship {
namespace {

constexpr size_t kBatch = 1000;

// How many old batches go out beside so many new ones.
size_t OldBeside(size_t new_batches, uint32_t seed) {
  Pace pace(30'000, 1'000, 0, seed);
  size_t old = 0;
  for (size_t i = 0; i < new_batches; ++i) {
    pace.NewSent(kBatch, 0);
    while (pace.May(0)) {
      pace.OldSent(kBatch, 0);
      ++old;
    }
  }
  return old;
}

TEST(Pace, OldBatchesGoBesideNewOnesAtUpToTwiceTheirRate) {
  for (uint32_t seed = 0; seed < 20; ++seed) {
    const size_t old = OldBeside(1000, seed);
    EXPECT_LE(old, 2001u);
    EXPECT_GE(old, 1000u);
  }
  EXPECT_NE(OldBeside(1000, 1), OldBeside(1000, 2)) << "there is no jitter";
}

TEST(Pace, WithoutNewOnesTheyWaitAndThenGoOneByOne) {
  const int64_t start = 100 * kNsPerSecond;
  Pace pace(30'000, 1'000, start);
  EXPECT_FALSE(pace.May(start + 29 * kNsPerSecond));
  int64_t now = start + 30 * kNsPerSecond;
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(pace.May(now));
    pace.OldSent(kBatch, now);
    EXPECT_FALSE(pace.May(now + 499 * kNsPerMs));
    now += kNsPerSecond;
  }
  pace.NewSent(1, now);
  pace.OldSent(kBatch, now);
  EXPECT_FALSE(pace.May(now + 29 * kNsPerSecond));
}

}  // namespace
}  // namespace xtcp2::ship
