#include "ship/backoff.h"

#include <gtest/gtest.h>

#include <set>

namespace xtcp2::ship {
namespace {

TEST(Backoff, DoublesUpToTheLongestWithJitter) {
  Backoff backoff(100, 1000, 1);
  for (const int64_t longest : {100, 200, 400, 800, 1000, 1000, 1000}) {
    const int64_t pause = backoff.NextMs();
    EXPECT_LE(pause, longest);
    EXPECT_GE(pause, longest / 2);
  }
  backoff.Reset();
  EXPECT_LE(backoff.NextMs(), 100);
}

TEST(Backoff, TwoDaemonsDoNotKnockInStep) {
  std::set<int64_t> pauses;
  for (uint32_t seed = 0; seed < 20; ++seed) pauses.insert(Backoff(1000, 1000, seed * 7919 + 1).NextMs());
  EXPECT_GT(pauses.size(), 10u);
}

}  // namespace
}  // namespace xtcp2::ship
