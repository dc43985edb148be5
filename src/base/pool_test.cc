#include "base/pool.h"

#include <gtest/gtest.h>

#include <thread>
#include <type_traits>

namespace xtcp2 {
namespace {

struct Thing {
  int value = 0;
  int resets = 0;
  void Reset() {
    value = 0;
    ++resets;
  }
};

// Misuse that does not compile: there is no copy, and no way to give an object back but to let it go.
static_assert(!std::is_copy_constructible_v<Pooled<Thing>> && !std::is_copy_assignable_v<Pooled<Thing>>);
static_assert(std::is_nothrow_move_constructible_v<Pooled<Thing>> && std::is_nothrow_move_assignable_v<Pooled<Thing>>);
static_assert(!std::is_constructible_v<Pooled<Thing>, Thing*> && !std::is_convertible_v<Pooled<Thing>, Thing*>);

TEST(Pool, AnObjectComesBackResetAndIsHandedOutAgain) {
  Pool<Thing> pool(2);
  const Thing* first = nullptr;
  {
    const Pooled<Thing> thing = pool.Take();
    thing->value = 5;
    first = &*thing;
  }
  const Pooled<Thing> again = pool.Take();
  EXPECT_EQ(&*again, first);
  EXPECT_EQ(again->value, 0);
  EXPECT_EQ(again->resets, 1);
  const auto stats = pool.GetStats();
  EXPECT_EQ(stats.hits, 1u);
  EXPECT_EQ(stats.misses, 1u);
  EXPECT_EQ(stats.out, 1u);
}

TEST(Pool, AMovedFromHandleIsEmptyAndReturnsNothing) {
  Pool<Thing> pool(2);
  Pooled<Thing> a = pool.Take();
  Pooled<Thing> b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_TRUE(b);
  EXPECT_EQ(pool.GetStats().out, 1u);
  b = Pooled<Thing>();
  EXPECT_EQ(pool.GetStats().out, 0u);
  EXPECT_EQ(pool.GetStats().idle, 1u);
}

TEST(Pool, IdleObjectsAreBoundedAndTheMostOutIsKept) {
  Pool<Thing> pool(3);
  {
    std::vector<Pooled<Thing>> out;
    for (int i = 0; i < 10; ++i) out.push_back(pool.Take());
  }
  const auto stats = pool.GetStats();
  EXPECT_EQ(stats.idle, 3u);
  EXPECT_EQ(stats.high_water, 10u);
  EXPECT_EQ(stats.misses, 10u);
}

TEST(Pool, ObjectsComeBackFromAnyThread) {
  Pool<Thing> pool(8);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&pool] {
      for (int i = 0; i < 2000; ++i) {
        Pooled<Thing> mine = pool.Take();
        mine->value = i;
        std::thread([taken = std::move(mine)] { EXPECT_GE(taken->value, 0); }).join();
        if (i > 50) break;
      }
      for (int i = 0; i < 5000; ++i) EXPECT_EQ(pool.Take()->value, 0);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(pool.GetStats().out, 0u);
  EXPECT_LE(pool.GetStats().high_water, 8u);
}

}  // namespace
}  // namespace xtcp2
