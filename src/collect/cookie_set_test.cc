#include "collect/cookie_set.h"

#include <gtest/gtest.h>

#include <random>
#include <unordered_set>

namespace xtcp2::collect {
namespace {

TEST(CookieSet, AgreesWithASetOfTheLibrary) {
  std::mt19937_64 random(7);
  CookieSet set;
  for (int round = 0; round < 5; ++round) {
    std::unordered_set<uint64_t> truth;
    for (int i = 0; i < 20000; ++i) {
      const uint64_t cookie = 1 + random() % 15000;  // small numbers, as the kernel's are, and many repeats
      ASSERT_EQ(set.Add(cookie), truth.insert(cookie).second) << cookie;
    }
    EXPECT_EQ(set.size(), truth.size());
    set.Clear();
  }
}

// Cookies of long-lived sockets among many that are gone, and numbers that only a made-up capture has.
TEST(CookieSet, AgreesWithASetOfTheLibraryForAnyNumbers) {
  std::mt19937_64 random(8);
  CookieSet set;
  for (int round = 0; round < 40; ++round) {
    std::unordered_set<uint64_t> truth;
    std::vector<uint64_t> added;
    for (int i = 0; i < 3000; ++i) {
      const uint64_t cookie =
          !added.empty() && random() % 3 == 0 ? added[random() % added.size()] : 1 + (random() >> (random() % 64));
      added.push_back(cookie);
      if (cookie == 0) continue;
      ASSERT_EQ(set.Add(cookie), truth.insert(cookie).second) << cookie;
    }
    EXPECT_EQ(set.size(), truth.size());
    set.Clear();
  }
}

TEST(CookieSet, RoundsMayBeginAnew) {
  CookieSet set;
  for (int round = 0; round < 140'000; ++round) {
    for (uint64_t cookie = 1; cookie < 5; ++cookie) ASSERT_TRUE(set.Add(cookie * 100)) << round;
    ASSERT_FALSE(set.Add(100));
    set.Clear();
  }
}

TEST(CookieSet, NeighboursTakeLittle) {
  CookieSet set;
  for (uint64_t cookie = 1'000'000; cookie < 1'100'000; ++cookie) set.Add(cookie);
  EXPECT_LE(set.MemoryBytes(), 100'000u);
}

TEST(CookieSet, ZeroIsNoIdentity) {
  CookieSet set;
  EXPECT_TRUE(set.Add(0));
  EXPECT_TRUE(set.Add(0));
  EXPECT_EQ(set.size(), 0u);
}

}  // namespace
}  // namespace xtcp2::collect
